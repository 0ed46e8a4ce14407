"""The large public files of a draw get rows of their own: every small change of the draw wrote them again."""

import secrets

from peewee import BigIntegerField, BlobField, CharField, ForeignKeyField, Model

#: name of the file -> the column of the draw that held it
COLUMNS = {"peserta.csv": "entrants", "hasil.csv": "results"}


def _tables(db):
    class Draw(Model):
        id = BigIntegerField(primary_key=True)
        listing = BigIntegerField(null=True)
        entrants = BlobField(null=True)
        results = BlobField(null=True)

        class Meta:
            database = db
            table_name = "draw"

    class DrawFile(Model):
        id = BigIntegerField(primary_key=True)
        draw = ForeignKeyField(Draw, index=False, on_delete="CASCADE")
        listing = BigIntegerField()
        name = CharField(max_length=20)
        data = BlobField()

        class Meta:
            database = db
            table_name = "draw_file"
            indexes = ((("draw", "listing", "name"), True),)

    return Draw, DrawFile


def up(migrator, db):
    draws, files = _tables(db)
    db.create_tables([files])
    for draw in draws.select():
        for name, column in COLUMNS.items():
            data = getattr(draw, column)
            if data is not None:
                own = secrets.randbits(62) | 1
                files.insert(
                    id=own, draw=draw.id, listing=draw.listing, name=name, data=bytes(data)
                ).execute()
    migrator.migrate(*(migrator.drop_column("draw", column) for column in COLUMNS.values()))


def down(migrator, db):
    draws, files = _tables(db)
    migrator.migrate(
        *(migrator.add_column("draw", column, BlobField(null=True)) for column in COLUMNS.values())
    )
    for draw in draws.select(draws.id, draws.listing):
        for row in files.select().where((files.draw == draw.id) & (files.listing == draw.listing)):
            draws.update({COLUMNS[row.name]: bytes(row.data)}).where(draws.id == draw.id).execute()
    migrator.migrate(migrator.drop_table("draw_file"))
