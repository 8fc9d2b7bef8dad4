"""How photos look, coarsely, and the indexes by which those that look nearly the same are found (docs/adr/0021)."""

from peewee import BigAutoField, BigIntegerField, CharField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class EvidencePhoto(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "evidence_photo"

    class PhotoPrint(Model):
        id = BigAutoField()
        photo = ForeignKeyField(EvidencePhoto, on_delete="CASCADE", index=False)
        variant = CharField(max_length=16)
        bits = BigIntegerField()
        fine = CharField(max_length=64, null=True)
        band_1 = IntegerField()
        band_2 = IntegerField()
        band_3 = IntegerField()

        class Meta:
            database = db
            table_name = "photo_print"
            indexes = (
                (("photo", "variant"), True),
                (("band_1", "bits", "id"), False),
                (("band_2", "bits", "id"), False),
                (("band_3", "bits", "id"), False),
            )

    db.create_tables([PhotoPrint])


def down(migrator, db):
    db.execute_sql('DROP TABLE "photo_print"')
