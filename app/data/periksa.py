#!/usr/bin/env python3
"""Periksa undian Gelombang: menghitung ulang seluruh undian dari berkas umum. Cukup Python 3.8, tanpa tambahan.

    python3 periksa.py                          periksa semua berkas di folder ini
    python3 periksa.py FOLDER                   periksa berkas di folder lain
    python3 periksa.py --sidik SIDIK            samakan juga dengan sidik yang Anda catat (di bukti pendaftaran,
                                                poster, email); boleh beberapa kali
    python3 periksa.py --nomor K7RM-4TXP-N      tunjukkan satu nomor undian
    python3 periksa.py --nomor K7RM-4TXP-N --rahasia RAHASIA
                                                periksa bahwa nomor itu terikat ke satu NIK (NIK-nya ditanyakan)
    python3 periksa.py --bukti BERKAS           periksa bukti bahwa satu nomor ada di daftar: bukti-undian.json,
                                                atau bukti-harian.json bersama harian.csv

Folder itu berisi janji.json, peserta.csv, hasil.csv, undian.json, dan perubahan.csv dari halaman undian.
Jawabannya COCOK atau TIDAK COCOK. Tanda tangan drand ikut diperiksa kalau py_ecc terpasang.
"""

# Long because: one file that a stranger can read from top to bottom and run alone.
import argparse
import calendar
import hashlib
import hmac
import json
import os
import re
import sys
import time

QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
GENESIS, PERIOD = 1692803367, 3
KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
    "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
DAY = 24 * 3600
BERKAS = ("janji.json", "peserta.csv", "hasil.csv", "undian.json")
JANJI = ("beacon", "closes_at", "draw_at", "final_list_by", "rules", "version", "wave")
UNDIAN = (
    *("version", "wave", "janji_sha256", "tickets_sha256", "tickets_count", "tickets_root", "beacon"),
    *("results_sha256", "frozen_at", "drawn_at", "published_at", "draw_at", "moves"),
)
KATA = {
    "selected": "terpilih",
    "reserve": "cadangan",
    "not_selected": "tidak terpilih",
    "revoked": "dicabut",
    "withdrawn": "mundur",
    "unlisted": "tidak di daftar",
}


class Salah(Exception):
    """Ada yang tidak cocok."""


def sha(data):
    return hashlib.sha256(data).digest()


def harus(benar, kata):
    if not benar:
        raise Salah(kata)


def waktu(text):
    baku = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z\Z", text)
    harus(baku is not None, "ada waktu yang tidak dalam bentuk bakunya")
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def bulat(angka, paling_sedikit):
    return type(angka) is int and angka >= paling_sedikit


def baca_json(nama, data, isi):
    """Satu-satunya cara menulis isinya, dan tidak ada yang terselip di antaranya."""
    try:
        found = json.loads(data)
        rapi = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    except ValueError:
        raise Salah("%s tidak bisa dibaca" % nama) from None
    harus(rapi == data, "%s tidak dalam bentuk bakunya" % nama)
    harus(type(found) is dict and sorted(found) == sorted(isi), "%s berisi hal yang tidak dikenal" % nama)
    return found


# langkah-langkah ------------------------------------------------------------------------------------


def periksa_janji(data):
    asing = "janji.json berisi hal yang tidak dikenal"
    janji = baca_json("janji.json", data, JANJI)
    aturan, rantai = janji["rules"], janji["beacon"]
    harus(sorted(rantai) == ["chain", "type"], asing)
    dikenal = ["max_per_household", "quota", "refill", "reserve_order", "reserves", "scope"]
    harus(sorted(aturan) == dikenal, asing)
    harus(bulat(janji["version"], 2) and janji["version"] == 2, "janji.json bukan versi 2")
    harus(
        rantai["type"] == "drand" and rantai["chain"] == QUICKNET, "janji.json tidak memakai drand quicknet"
    )
    harus(aturan["refill"] in ("rank", "group") and aturan["reserve_order"] in ("first", "last"), asing)
    batas = aturan["max_per_household"]
    harus(bulat(aturan["quota"], 1) and (batas is None or bulat(batas, 1)), asing)
    khusus = aturan["reserves"]
    harus(all(sorted(r) == ["group", "seats"] and bulat(r["seats"], 1) for r in khusus), asing)
    kode = [r["group"] for r in khusus]
    harus(all(re.match(r"[a-z0-9]{1,12}\Z", k) and k != "open" for k in kode), asing)
    harus(len(set(kode)) == len(kode), "satu kelompok punya dua jatah kursi")
    harus(sum(r["seats"] for r in khusus) <= aturan["quota"], "kursi khusus lebih banyak daripada tempat")
    harus(
        waktu(janji["closes_at"]) < waktu(janji["final_list_by"]),
        "daftar dikunci sebelum pendaftaran ditutup",
    )
    harus(
        waktu(janji["draw_at"]) - waktu(janji["final_list_by"]) >= DAY,
        "daftar dikunci kurang dari 24 jam sebelum undian",
    )
    return janji


def baca_peserta(data):
    baris = data.decode("ascii").split("\n")
    harus(
        baris[0] == "entry,groups,household,bind" and baris[-1] == "", "peserta.csv: judul atau akhir berkas"
    )
    bentuk = re.compile(r"[!-+\--~]+,[a-z0-9 ]*,(k[0-9]+)?,[0-9a-f]{64}\Z")
    for n, line in enumerate(baris[1:-1], 2):
        harus(bentuk.match(line), "peserta.csv: baris %d tidak dalam bentuk bakunya" % n)
    peserta = [line.split(",") for line in baris[1:-1]]
    nomor = [p[0] for p in peserta]
    harus(nomor == sorted(set(nomor)), "peserta.csv: tidak urut, atau ada nomor dua kali")
    return peserta, [line.encode() for line in baris[1:-1]]


def periksa_kolom(peserta, aturan):
    """Kelompok dan keluarga tidak ditulis sesuka hati: hanya yang perlu, dengan nama menurut urutan."""
    kode = {r["group"] for r in aturan["reserves"]}
    serumah = {}
    for nomor, grup, keluarga, _ in peserta:
        ada = grup.split(" ") if grup else []
        harus(ada == sorted(set(ada)) and kode.issuperset(ada), "peserta.csv: kelompok di nomor %s" % nomor)
        if keluarga and keluarga not in serumah:
            harus(keluarga == "k%d" % (len(serumah) + 1), "peserta.csv: keluarga di nomor %s" % nomor)
        if keluarga:
            serumah[keluarga] = serumah.get(keluarga, 0) + 1
    batas = aturan["max_per_household"]
    lebih = all(batas is not None and jumlah > batas for jumlah in serumah.values())
    harus(lebih, "peserta.csv: ada keluarga yang ditandai, padahal tidak melebihi batas")


def akar(rows):
    """RFC 9162, bagian 2.1.1, seperti tertulis di sana."""
    if not rows:
        return sha(b"")
    if len(rows) == 1:
        return sha(b"\0" + rows[0])
    k = 1 << ((len(rows) - 1).bit_length() - 1)
    return sha(b"\1" + akar(rows[:k]) + akar(rows[k:]))


def undi(janji, peserta, kunci):
    """Urutan dan hasil, menurut aturan di janji."""
    nilai = {p[0]: hmac.new(kunci, p[0].encode(), hashlib.sha256).digest() for p in peserta}
    urut = sorted(peserta, key=lambda p: (nilai[p[0]], p[0]))
    aturan = janji["rules"]
    batas = aturan["max_per_household"]
    tempat, rumah = {}, {}

    def bagi(siapa, jumlah, lewat):
        for nomor, grup, keluarga, _ in urut:
            if jumlah == 0:
                return 0
            if nomor in tempat or not siapa(grup.split()):
                continue
            if keluarga and batas is not None:
                if rumah.get(keluarga, 0) >= batas:
                    continue
                rumah[keluarga] = rumah.get(keluarga, 0) + 1
            tempat[nomor] = lewat
            jumlah -= 1
        return jumlah

    semua = lambda _: True  # noqa: E731
    bebas = aturan["quota"] - sum(r["seats"] for r in aturan["reserves"])
    if aturan["reserve_order"] == "last":
        bagi(semua, bebas, "open")
        bebas = 0
    for reserve in aturan["reserves"]:
        bebas += bagi(lambda grup, kode=reserve["group"]: kode in grup, reserve["seats"], reserve["group"])
    bagi(semua, bebas, "open")
    return [
        (i, p[0], "selected" if p[0] in tempat else "reserve", tempat.get(p[0], ""))
        for i, p in enumerate(urut, 1)
    ]


def tanda_tangan(putaran, tanda):
    """True, False, atau None kalau py_ecc tidak ada."""
    try:
        from py_ecc.bls.hash_to_curve import hash_to_G1
        from py_ecc.bls.point_compression import decompress_G1, decompress_G2
        from py_ecc.optimized_bls12_381 import G2, curve_order, is_inf, multiply, pairing
    except ImportError:
        return None
    try:
        titik = decompress_G1(int(tanda.hex(), 16))
        kunci = decompress_G2((int(KEY[:96], 16), int(KEY[96:], 16)))
    except (ValueError, AssertionError):
        return False
    if is_inf(titik) or not is_inf(multiply(titik, curve_order)):
        return False
    pesan = hash_to_G1(
        sha(putaran.to_bytes(8, "big")), b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_", hashlib.sha256
    )
    return pairing(G2, titik) == pairing(kunci, pesan)


def periksa_angka(undian):
    """Putaran drand yang benar, dan angka acak yang memang dari tanda tangannya."""
    angka = undian["beacon"]
    harus(
        sorted(angka) == ["chain", "randomness", "round", "signature"], "undian.json: hal yang tidak dikenal"
    )
    harus(angka["chain"] == QUICKNET, "undian.json memakai rantai drand lain daripada janji")
    harus(
        angka["round"] == (waktu(undian["draw_at"]) - GENESIS) // PERIOD + 2,
        "putaran drand bukan yang pertama sesudah jam undian",
    )
    harus(re.match(r"[0-9a-f]{96}\Z", angka["signature"]), "tanda tangan drand tidak lengkap")
    tanda = bytes.fromhex(angka["signature"])
    harus(sha(tanda).hex() == angka["randomness"], "angka acak bukan dari tanda tangan drand")
    sah = tanda_tangan(angka["round"], tanda)
    harus(sah is not False, "tanda tangan drand palsu")
    awal = "Angka acak: drand putaran %d. " % angka["round"]
    if sah is None:
        return awal + "Tanda tangannya TIDAK diperiksa: pasang py_ecc dulu (pip install py_ecc)."
    return awal + "Tanda tangan drand sah."


def periksa_jadwal(undian, janji):
    """Jam undian hanya boleh mundur utuh per minggu, dan setiap kali tercatat."""
    kapan = janji["draw_at"]
    for pindah in undian["moves"]:
        harus(sorted(pindah) == ["at", "from", "reason", "to"], "undian.json: hal yang tidak dikenal")
        harus(pindah["from"] == kapan, "catatan pindah jam undian terputus")
        waktu(pindah["at"])
        geser = waktu(pindah["to"]) - waktu(pindah["from"])
        harus(geser > 0 and geser % (7 * DAY) == 0, "jam undian pindah bukan utuh per minggu")
        kapan = pindah["to"]
    harus(undian["draw_at"] == kapan, "jam undian berbeda dari janji")
    harus(
        waktu(undian["draw_at"]) - waktu(undian["frozen_at"]) >= DAY,
        "daftar dikunci kurang dari 24 jam sebelum undian",
    )
    harus(
        waktu(undian["frozen_at"]) >= waktu(janji["final_list_by"]),
        "daftar dikunci sebelum waktu keberatan habis",
    )
    harus(
        waktu(undian["draw_at"]) <= waktu(undian["drawn_at"]) <= waktu(undian["published_at"]),
        "diundi sebelum waktunya, atau diumumkan sebelum diundi",
    )


# sesudah undian -------------------------------------------------------------------------------------

#: Dari keadaan mana ke mana tempat boleh berpindah, dan dengan alasan apa saja.
CABUT = {"deadline_missed", "data_false", "family_limit", "barred_group"}
BOLEH = {
    ("selected", "revoked"): CABUT,
    ("selected", "not_selected"): {"result_corrected"},
    ("selected", "withdrawn"): {"own_wish"},
    ("reserve", "selected"): {"seat_offered", "added_seat"},
    ("reserve", "not_selected"): {"seat_declined", "offer_expired", "wave_ended"},
    ("reserve", "withdrawn"): {"own_wish"},
    ("not_selected", "selected"): {"added_seat", "objection_upheld"},
    ("revoked", "selected"): {"objection_upheld"},
    ("unlisted", "selected"): {"added_seat"},
    ("unlisted", "not_selected"): {"scored_late"},
}
LAMA = 14 * DAY


def periksa_perubahan(data, hasil, peserta, janji, kunci, mulai):
    """Setiap perubahan tempat sesudah undian: urut, bersambung, dan tempat tambahan memang berhak. Catatan."""
    baris = data.decode("ascii").split("\n")
    harus(
        baris[0] == "n,at,entry,from,to,reason" and baris[-1] == "", "perubahan.csv: judul atau akhir berkas"
    )
    keadaan = {nomor: akhir for _, nomor, akhir, _ in hasil}
    urutan = {nomor: urut for urut, nomor, _, _ in hasil}
    terakhir = {lewat: nomor for _, nomor, _, lewat in hasil if lewat}
    bebas, tambahan, dilewati = 0, 0, {}
    for n, line in enumerate(baris[1:-1], 1):
        bagian = line.split(",")
        harus(len(bagian) == 6 and bagian[0] == str(n), "perubahan.csv: baris %d tidak urut" % n)
        kapan, nomor, dari, ke, alasan = waktu(bagian[1]), *bagian[2:]
        harus(kapan >= mulai, "perubahan.csv: baris %d mundur waktunya" % n)
        harus(alasan in BOLEH.get((dari, ke), ()), "perubahan.csv: baris %d bukan perubahan yang boleh" % n)
        harus(keadaan.get(nomor, "unlisted") == dari, "perubahan.csv: baris %d tidak menyambung" % n)
        if alasan in ("added_seat", "scored_late"):
            berhak = [lewat for lewat, batas in terakhir.items() if lebih_dulu(nomor, batas, urutan, kunci)]
            harus(alasan != "added_seat" or berhak, "perubahan.csv: baris %d tidak berhak atas tempat" % n)
            sempit = janji["rules"]["max_per_household"] is not None
            harus(
                alasan != "scored_late" or sempit or "open" not in berhak,
                "perubahan.csv: baris %d berhak atas tempat, tetapi tidak diberi" % n,
            )
            tambahan += alasan == "added_seat"
        bebas += (dari == "selected") - (alasan == "seat_offered")
        harus(bebas >= 0, "perubahan.csv: baris %d memberi tempat yang tidak kosong" % n)
        dilewati.pop(nomor, None)
        if alasan == "seat_offered" and janji["rules"]["refill"] == "rank":
            for depan in dilompati(nomor, keadaan, urutan, peserta):
                dilewati.setdefault(depan, kapan)
        keadaan[nomor], mulai = ke, kapan
    kata = ["Sesudah undian: %d perubahan, %d di antaranya tempat tambahan." % (len(baris) - 2, tambahan)]
    kata += [
        "PERHATIKAN: nomor %s masih cadangan, padahal urutan di belakangnya sudah dapat tempat." % depan
        for depan, sejak in sorted(dilewati.items())
        if mulai - sejak > LAMA
    ]
    return kata


def lebih_dulu(nomor, batas, urutan, kunci):
    """Apakah nomor ini mendahului yang terakhir dapat tempat, menurut kunci undian."""
    if nomor in urutan:
        return urutan[nomor] < urutan[batas]
    nilai = [hmac.new(kunci, one.encode("ascii"), hashlib.sha256).digest() for one in (nomor, batas)]
    return nilai[0] < nilai[1]


def dilompati(nomor, keadaan, urutan, peserta):
    """Cadangan di depan nomor ini yang tidak terhalang batas keluarga."""
    serumah = {p[0] for p in peserta if p[2]}
    return [
        depan
        for depan, urut in urutan.items()
        if urut < urutan.get(nomor, 0) and keadaan[depan] == "reserve" and depan not in serumah
    ]


def hanya_bertambah(data, sidik):
    """Apakah berkas ini, sampai akhir salah satu barisnya, adalah berkas yang sidiknya dicatat dulu."""
    sejauh = hashlib.sha256()
    for line in data.splitlines(keepends=True):
        sejauh.update(line)
        if sejauh.hexdigest() == sidik:
            return True
    return False


# semuanya -------------------------------------------------------------------------------------------


def baca(folder):
    """Isi berkas-berkas; perubahan.csv boleh belum diunduh."""
    isi = {}
    for nama in (*BERKAS, "perubahan.csv"):
        path = os.path.join(folder, nama)
        ada = os.path.exists(path)
        harus(
            ada or nama not in BERKAS,
            "%s tidak ada. Unduh semua berkas dari halaman undian ke satu folder; "
            "sebelum diumumkan, hasil.csv dan undian.json memang belum ada" % nama,
        )
        if ada:
            with open(path, "rb") as berkas:
                isi[nama] = berkas.read()
    return isi


def periksa_daftar(data, undian, aturan):
    """Peserta, kalau daftar ini yang dikunci dan tidak ada yang bisa ditulis lain di dalamnya."""
    peserta, rows = baca_peserta(data)
    periksa_kolom(peserta, aturan)
    harus(undian["tickets_sha256"] == sha(data).hex(), "sidik daftar peserta tidak cocok")
    jumlah = undian["tickets_count"]
    harus(bulat(jumlah, 0) and jumlah == len(rows), "jumlah peserta tidak cocok")
    harus(undian["tickets_root"] == akar(rows).hex(), "akar daftar peserta tidak cocok")
    return peserta


def periksa(folder, sidik=()):
    """Semua langkah; mengembalikan catatan, undian, dan hasil. Salah kalau ada yang tidak cocok."""
    isi = baca(folder)
    sama = [cocokkan(catatan, isi) for catatan in sidik]
    undian = baca_json("undian.json", isi["undian.json"], UNDIAN)
    janji = periksa_janji(isi["janji.json"])
    sidik_janji = sha(isi["janji.json"])
    lain = "undian.json untuk gelombang lain"
    harus([undian["version"], undian["wave"]] == [janji["version"], janji["wave"]], lain)
    harus(
        undian["janji_sha256"] == sidik_janji.hex(),
        "sidik janji di undian.json tidak cocok dengan janji.json",
    )
    peserta = periksa_daftar(isi["peserta.csv"], undian, janji["rules"])
    periksa_jadwal(undian, janji)
    angka = periksa_angka(undian)
    acak = bytes.fromhex(undian["beacon"]["randomness"])
    pesan = b"gelombang/undian/2\0" + sidik_janji + sha(isi["peserta.csv"])
    kunci = hmac.new(acak, pesan, hashlib.sha256).digest()
    hasil = undi(janji, peserta, kunci)
    tertulis = "rank,entry,outcome,via\n" + "".join("%d,%s,%s,%s\n" % baris for baris in hasil)
    harus(tertulis.encode() == isi["hasil.csv"], "hasil.csv berbeda dari hitungan ulang")
    harus(undian["results_sha256"] == sha(isi["hasil.csv"]).hex(), "sidik hasil tidak cocok")
    kata = [
        "Janji: %d tempat, diundi %s." % (janji["rules"]["quota"], jam(undian["draw_at"])),
        "Daftar: %d nomor, dikunci %s." % (len(peserta), jam(undian["frozen_at"])),
        angka,
        "Hasil: dihitung ulang dari janji, daftar, dan angka acak. Semuanya sama.",
    ]
    if "perubahan.csv" in isi:
        mulai = waktu(undian["drawn_at"])
        kata += periksa_perubahan(isi["perubahan.csv"], hasil, peserta, janji, kunci, mulai)
    else:
        kata.append("perubahan.csv tidak ada: yang terjadi sesudah undian tidak saya periksa.")
    return kata + sama, undian, hasil


def jam(text):
    """2023-09-15T11:00:00Z menjadi 15-09-2023 11.00 UTC, tujuh jam di belakang WIB."""
    waktu(text)
    return "%s-%s-%s %s.%s UTC" % (text[8:10], text[5:7], text[:4], text[11:13], text[14:16])


def sidik_semua(isi):
    """Sidik yang bisa dicatat orang, dan milik apa."""
    nama = {sha(isi[berkas]).hex(): berkas for berkas in isi}
    undian = json.loads(isi["undian.json"].decode("utf-8"))
    nama[undian.get("tickets_root")] = "akar daftar"
    return nama


def cocokkan(catatan, isi):
    """Sidik yang pernah dicatat orang harus masih sidik salah satu berkas ini."""
    sidik = "".join(catatan.split()).lower()
    milik = sidik_semua(isi).get(sidik)
    if milik is None and hanya_bertambah(isi.get("perubahan.csv", b""), sidik):
        milik = "awal perubahan.csv; sesudah itu hanya bertambah"
    harus(
        milik is not None,
        "sidik %s... yang Anda catat bukan sidik berkas mana pun di sini. "
        "Salin lagi; kalau sudah benar, ada berkas yang diganti" % sidik[:8],
    )
    return "Sidik yang Anda catat cocok: %s." % milik


def ada_di_daftar(bukti, akar_hex):
    """RFC 9162, bagian 2.1.3.2."""
    at, last = bukti["index"], bukti["count"] - 1
    if not 0 <= at <= last:
        return False
    found = sha(b"\0" + bukti["row"].encode())
    for sibling in map(bytes.fromhex, bukti["path"]):
        if last == 0:
            return False
        if at % 2 or at == last:
            found = sha(b"\1" + sibling + found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = sha(b"\1" + found + sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found.hex() == akar_hex


def baca_bukti(path):
    try:
        with open(path, "rb") as berkas:
            bukti = json.loads(berkas.read().decode("ascii"))
        harus(type(bukti) is dict, "berkas bukti tidak bisa dibaca: %s" % path)
        return bukti
    except (OSError, ValueError):
        raise Salah("berkas bukti tidak bisa dibaca: %s" % path) from None


def periksa_bukti(bukti, akar_hex, jumlah):
    """Nomor yang dibuktikan, kalau jalurnya sampai ke akar yang diumumkan."""
    try:
        ada = ada_di_daftar(bukti, akar_hex) and bukti["count"] == jumlah
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Salah("bukti ini tidak lengkap atau rusak") from None
    harus(ada, "bukti ini tidak cocok dengan daftar")
    return bukti["row"].split(",")[0]


def periksa_harian(bukti, folder):
    """Nomor ini sudah terdaftar pada hari itu: harian.csv cukup, juga sebelum undian."""
    path = os.path.join(folder, "harian.csv")
    harus(os.path.exists(path), "harian.csv tidak ada. Unduh dari halaman undian ke folder ini")
    with open(path, "rb") as berkas:
        baris = berkas.read().decode("ascii").split("\n")
    harus(baris[0] == "day,count,root" and baris[-1] == "", "harian.csv: judul atau akhir berkas")
    hari = {line.split(",")[0]: line.split(",")[1:] for line in baris[1:-1]}
    harus(bukti["day"] in hari, "harian.csv tidak memuat hari %s" % bukti["day"])
    jumlah, akar_hex = hari[bukti["day"]]
    nomor = periksa_bukti(bukti, akar_hex, int(jumlah))
    return ["COCOK. Nomor %s tercatat di daftar harian %s." % (nomor, bukti["day"])]


def satu_nomor(nomor, folder, hasil):
    """Urutan, hasil, dan apa yang terjadi dengan nomor ini sesudah undian."""
    nomor = nomor.strip().upper()
    found = [baris for baris in hasil if baris[1] == nomor]
    harus(found, "nomor %s tidak ada di daftar peserta" % nomor)
    urut, _, akhir, lewat = found[0]
    lewat = {"": "", "open": " lewat tempat umum"}.get(lewat, " lewat tempat kelompok %s" % lewat)
    kata = ["Nomor %s: urutan %d dari %d, %s%s." % (nomor, urut, len(hasil), KATA[akhir], lewat)]
    for line in baca(folder).get("perubahan.csv", b"").decode("ascii").splitlines()[1:]:
        _, kapan, siapa, dari, ke, _ = line.split(",")
        if siapa == nomor:
            kata.append("Sesudah undian, %s: dari %s menjadi %s." % (jam(kapan), KATA[dari], KATA[ke]))
    return kata


def periksa_ikatan(nomor, rahasia, folder):
    """bind = SHA-256(label, satu byte nol, rahasia, NIK). NIK-nya ditanyakan, supaya tidak tertinggal di riwayat."""
    sys.stderr.write("NIK pemilik nomor %s: " % nomor)
    sys.stderr.flush()
    nik = "".join(sys.stdin.readline().split())
    peserta, _ = baca_peserta(baca(folder)["peserta.csv"])
    bind = {p[0]: p[3] for p in peserta}[nomor.strip().upper()]
    harus(re.match(r"[0-9a-fA-F]{32}\Z", rahasia), "rahasia itu 32 angka dan huruf a sampai f")
    hitung = sha(b"gelombang/bind/1\0" + bytes.fromhex(rahasia) + nik.encode("ascii", "replace")).hex()
    harus(hitung == bind, "NIK dan rahasia itu bukan milik nomor %s" % nomor)
    return "Nomor %s memang terikat ke NIK itu." % nomor


def utama(args):
    """Baris-baris jawaban; Salah kalau ada yang tidak cocok."""
    bukti = baca_bukti(args.bukti) if args.bukti else None
    if bukti and "day" in bukti:
        return periksa_harian(bukti, args.folder)
    catatan, undian, hasil = periksa(args.folder, args.sidik)
    terpilih = sum(1 for baris in hasil if baris[2] == "selected")
    kata = [
        "COCOK. Gelombang %s: %d peserta, %d terpilih. Semua urutan dan hasil sama."
        % (undian["wave"], len(hasil), terpilih)
    ]
    kata += ["- " + baris for baris in catatan]
    if bukti is not None:
        nomor = periksa_bukti(bukti, undian["tickets_root"], undian["tickets_count"])
        kata.append("Bukti cocok: nomor %s ada di daftar yang dikunci." % nomor)
    if args.nomor:
        kata += satu_nomor(args.nomor, args.folder, hasil)
    if args.nomor and args.rahasia:
        kata.append(periksa_ikatan(args.nomor, args.rahasia, args.folder))
    kata.append("Sidik, untuk dicocokkan dengan bukti pendaftaran, poster, atau catatan Anda:")
    for sidik, milik in sidik_semua(baca(args.folder)).items():
        kata.append("  %-14s%s" % (milik, " ".join(sidik[at : at + 8] for at in range(0, 64, 8))))
    return kata


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__,
        usage="python3 periksa.py [FOLDER] [--sidik SIDIK] [--nomor NOMOR] [--bukti BERKAS]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", default=".", help=argparse.SUPPRESS)
    parser.add_argument("--sidik", action="append", default=[], help=argparse.SUPPRESS)
    for name in ("--nomor", "--rahasia", "--bukti"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    try:
        kata = utama(args)
    except Salah as salah:
        print("TIDAK COCOK: %s." % salah)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as rusak:
        print("TIDAK COCOK: ada berkas yang rusak atau bukan berkas undian (%s)." % type(rusak).__name__)
        return 1
    print("\n".join(kata))
    return 0


if __name__ == "__main__":
    sys.exit(main())
