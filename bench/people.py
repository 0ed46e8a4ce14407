"""Made-up applicants for a load: the n-th person is always the same, and no two have the same NIK.

The mix is that of domain.md as far as it decides which pages are met: one in four lost work (one page more), one in
fifty has a NIK that wants a second look (one page more), one in seven has an email address.
"""

from __future__ import annotations

from datetime import date, timedelta

from app.rules import nik, pin
from app.rules.nik import Sex

Answers = dict[str, dict[str, str | list[str]]]

#: Kecamatan of Kabupaten Lumajang whose codes begin the numbers; more people than one needs fit into them.
DISTRICTS = tuple(f"{number:02}" for number in range(1, 22))
#: Birth days: everybody is between 19 and 58 years old.
DAYS = 39 * 365
NAMES = ("Siti Marlina", "Agus Santoso", "Dewi Rahayu", "Joko Widagdo", "Sri Wahyuni", "Budi Hartono")


def nik_of(number: int, today: date) -> tuple[str, date, Sex]:
    """The NIK, birth date and sex of the n-th person; one in fifty has a card that says the other sex."""
    rest, place = divmod(number, len(DISTRICTS))
    serial, day = divmod(rest, DAYS)
    born = today - timedelta(days=19 * 366 + day)
    sex: Sex = "p" if number % 2 else "l"
    on_card: Sex = ("l" if sex == "p" else "p") if number % 50 == 7 else sex
    return f"3508{DISTRICTS[place]}{nik.expected_middle(born, on_card)}{serial + 1:04}", born, sex


def address_of(number: int) -> str:
    """Where the n-th person's phone is: each in a network of its own, or the limits for one network would be measured."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def answers(number: int, today: date) -> Answers:
    """{slug: {field: value}} as the n-th person types it; districts and villages are picked from the page."""
    own_nik, born, sex = nik_of(number, today)
    card = f"3508{own_nik[4:6]}120715{number % 9999 + 1:04}"
    phone = f"08120000{number % 10_000:04}"
    secret = pin.new_pin(nik=own_nik, kk=card, phone=phone, birth_date=born)
    has_email = number % 7 == 0
    return {
        "syarat": {"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": "tahu"},
        "persetujuan": {"wa": "y"},
        "identitas": {
            "nama": NAMES[number % len(NAMES)],
            "nik": " ".join(nik.groups(own_nik)),
            "kk": card,
            "lahir": str(born.day),
            "lahir-b": str(born.month),
            "lahir-t": str(born.year),
            "jk": sex,
        },
        "periksa-nik": {"cek": "sama"},
        "pin": {"pin": secret, "pin2": secret},
        "kecamatan": {},
        "desa": {},
        "alamat": {"jalan": f"Dusun Krajan {number % 90 + 1}", "rt": "03", "rw": "05"},
        "kontak": {"hp": phone, "wa": "ya", "punya": "punya" if has_email else "belum"}
        | ({"email": f"warga{number}@example.org"} if has_email else {}),
        "pekerjaan": {"kerja": "phk" if number % 4 == 0 else "cari"},
        "phk": {"perusahaan": "PT Benang Elok", "bulan": f"{today - timedelta(days=150):%Y-%m}"},
        "pendidikan": {"sekolah": "smp"},
        "minat": {"bidang": ["jahit", "boga"], "cara": "tatap"},
        "periksa": {"benar": "y"},
        "masuk": {"nik": own_nik, "pin": secret},  # asked of whoever never got the answer to the PIN
    }
