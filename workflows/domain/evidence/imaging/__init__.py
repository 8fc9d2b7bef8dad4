"""What a photo is, decoded where it can do no harm: its derivatives, prints, measures and EXIF facts. No database here."""
