#!/usr/bin/env python3
"""Periksa undian Gelombang: menghitung ulang seluruh undian dari berkas umum. Cukup Python 3.8, tanpa tambahan.

    python3 periksa.py FOLDER                     periksa semua berkas di FOLDER
    python3 periksa.py FOLDER --janji SIDIK       samakan juga dengan sidik janji di bukti pendaftaran Anda
    python3 periksa.py FOLDER --nomor K7RM-4TXP-N tunjukkan satu nomor undian
    python3 periksa.py FOLDER --bukti bukti.json  periksa bukti bahwa satu nomor ada di daftar
    python3 periksa.py FOLDER --perubahan SIDIK   pastikan perubahan.csv hanya bertambah sejak Anda mencatat sidiknya

FOLDER berisi janji.json, peserta.csv, hasil.csv, undian.json, dan perubahan.csv. Tanda tangan drand ikut diperiksa kalau py_ecc terpasang.
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


# langkah-langkah ------------------------------------------------------------------------------------


def periksa_janji(data):
    janji = json.loads(data)
    rapi = json.dumps(janji, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    harus(rapi == data, "janji.json tidak dalam bentuk bakunya")
    harus(
        sorted(janji) == ["beacon", "closes_at", "draw_at", "final_list_by", "rules", "version", "wave"]
        and sorted(janji["beacon"]) == ["chain", "type"]
        and sorted(janji["rules"])
        == ["max_per_household", "quota", "refill", "reserve_order", "reserves", "scope"],
        "janji.json berisi hal yang tidak dikenal",
    )
    harus(
        janji["version"] == 2 and janji["beacon"]["type"] == "drand", "janji.json bukan versi 2 dengan drand"
    )
    kursi = sum(reserve["seats"] for reserve in janji["rules"]["reserves"])
    harus(kursi <= janji["rules"]["quota"], "kursi khusus lebih banyak daripada tempat")
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
    peserta = [line.split(",") for line in baris[1:-1]]
    harus(all(len(p) == 4 and len(p[3]) == 64 for p in peserta), "peserta.csv: ada baris yang tidak lengkap")
    nomor = [p[0] for p in peserta]
    harus(nomor == sorted(set(nomor)), "peserta.csv: tidak urut, atau ada nomor dua kali")
    return peserta, [line.encode() for line in baris[1:-1]]


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


def periksa_angka(undian, rantai):
    """Putaran drand yang benar, dan angka acak yang memang dari tanda tangannya."""
    angka = undian["beacon"]
    harus(angka["chain"] == rantai, "undian.json memakai rantai drand lain daripada janji")
    harus(
        angka["round"] == (waktu(undian["draw_at"]) - GENESIS) // PERIOD + 2,
        "putaran drand bukan yang pertama sesudah jam undian",
    )
    tanda = bytes.fromhex(angka["signature"])
    harus(sha(tanda).hex() == angka["randomness"], "angka acak bukan dari tanda tangan drand")
    if rantai != QUICKNET:
        return "Rantai drand ini bukan quicknet; tanda tangannya tidak saya periksa."
    sah = tanda_tangan(angka["round"], tanda)
    harus(sah is not False, "tanda tangan drand palsu")
    if sah is None:
        return (
            "Tanda tangan drand TIDAK diperiksa: pasang py_ecc untuk memeriksanya juga (pip install py_ecc)."
        )
    return "Tanda tangan drand sah."


def periksa_jadwal(undian, janji):
    """Jam undian hanya boleh mundur utuh per minggu, dan setiap kali tercatat."""
    kapan = janji["draw_at"]
    for pindah in undian["moves"]:
        harus(pindah["from"] == kapan, "catatan pindah jam undian terputus")
        geser = waktu(pindah["to"]) - waktu(pindah["from"])
        harus(geser > 0 and geser % (7 * DAY) == 0, "jam undian pindah bukan utuh per minggu")
        kapan = pindah["to"]
    harus(undian["draw_at"] == kapan, "jam undian berbeda dari janji")
    harus(
        waktu(undian["draw_at"]) - waktu(undian["frozen_at"]) >= DAY,
        "daftar dikunci kurang dari 24 jam sebelum undian",
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
    kata = ["%d perubahan sesudah undian, %d di antaranya tempat tambahan." % (len(baris) - 2, tambahan)]
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
        if sejauh.hexdigest() == sidik.strip().lower().replace(" ", ""):
            return True
    return False


def perubahan(folder, sidik, hasil, peserta, janji, kunci, mulai):
    path = os.path.join(folder, "perubahan.csv")
    if not os.path.exists(path):
        harus(sidik is None, "perubahan.csv tidak ada")
        return ["perubahan.csv tidak ada: yang terjadi sesudah undian tidak saya periksa."]
    with open(path, "rb") as berkas:
        data = berkas.read()
    harus(
        sidik is None or hanya_bertambah(data, sidik), "perubahan.csv pernah diubah: sidik Anda tidak cocok"
    )
    return periksa_perubahan(data, hasil, peserta, janji, kunci, mulai)


def periksa(folder, sidik_janji=None, sidik_perubahan=None):
    """Semua langkah; mengembalikan catatan dan hasil. Salah kalau ada yang tidak cocok."""
    isi = {}
    for nama in ("janji.json", "peserta.csv", "hasil.csv", "undian.json"):
        with open(os.path.join(folder, nama), "rb") as berkas:
            isi[nama] = berkas.read()
    undian = json.loads(isi["undian.json"])
    janji = periksa_janji(isi["janji.json"])
    sidik = sha(isi["janji.json"])
    harus(undian["version"] == 2 and undian["wave"] == janji["wave"], "undian.json untuk gelombang lain")
    harus(undian["janji_sha256"] == sidik.hex(), "sidik janji di undian.json tidak cocok dengan janji.json")
    harus(sidik_janji in (None, sidik.hex()), "sidik janji Anda tidak cocok: janjinya diganti")
    peserta, rows = baca_peserta(isi["peserta.csv"])
    harus(undian["tickets_sha256"] == sha(isi["peserta.csv"]).hex(), "sidik daftar peserta tidak cocok")
    harus(undian["tickets_count"] == len(rows), "jumlah peserta tidak cocok")
    harus(undian["tickets_root"] == akar(rows).hex(), "akar daftar peserta tidak cocok")
    periksa_jadwal(undian, janji)
    catatan = periksa_angka(undian, janji["beacon"]["chain"])
    acak = bytes.fromhex(undian["beacon"]["randomness"])
    kunci = hmac.new(acak, b"gelombang/undian/2\0" + sidik + sha(isi["peserta.csv"]), hashlib.sha256).digest()
    hasil = undi(janji, peserta, kunci)
    tertulis = "rank,entry,outcome,via\n" + "".join("%d,%s,%s,%s\n" % baris for baris in hasil)
    harus(tertulis.encode() == isi["hasil.csv"], "hasil.csv berbeda dari hitungan ulang")
    harus(undian["results_sha256"] == sha(isi["hasil.csv"]).hex(), "sidik hasil tidak cocok")
    mulai = waktu(undian["drawn_at"])
    kata = perubahan(folder, sidik_perubahan, hasil, peserta, janji, kunci, mulai)
    return "\n".join([catatan, *kata]), undian, hasil


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


def main(argv=None):
    parser = argparse.ArgumentParser(description="Periksa undian Gelombang dari berkas umum.")
    parser.add_argument("folder")
    parser.add_argument("--janji", metavar="SIDIK")
    parser.add_argument("--nomor")
    parser.add_argument("--bukti", metavar="BERKAS")
    parser.add_argument("--perubahan", metavar="SIDIK")
    args = parser.parse_args(argv)
    try:
        catatan, undian, hasil = periksa(args.folder, args.janji, args.perubahan)
        if args.bukti:
            with open(args.bukti) as berkas:
                harus(
                    ada_di_daftar(json.load(berkas), undian["tickets_root"]),
                    "bukti ini tidak cocok dengan daftar",
                )
            print("Bukti cocok: nomor itu ada di daftar yang dikunci.")
    except Salah as salah:
        print("TIDAK COCOK: %s." % salah)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as rusak:
        print("TIDAK COCOK: berkas tidak bisa dibaca (%s)." % type(rusak).__name__)
        return 1
    terpilih = sum(1 for baris in hasil if baris[2] == "selected")
    print(
        "COCOK. Gelombang %s: %d peserta, %d terpilih. Semua urutan dan hasil sama."
        % (undian["wave"], len(hasil), terpilih)
    )
    print(catatan)
    for baris in hasil:
        if args.nomor and baris[1] == args.nomor:
            print("Nomor %s: urutan %d dari %d, %s %s" % (baris[1], baris[0], len(hasil), baris[2], baris[3]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
