"""The least that could be done with a photo: Pillow's draft decode, a thumbnail, its prints. No limits, no other measures.

A line of standard input is `[photo, thumbnail, side]`: decoded no smaller than side, a thumbnail written of 320 pixels.
"""

import json
import sys

from PIL import Image

from workflows.domain.evidence.imaging.prints import prints_of


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        photo, thumb, side = json.loads(line)
        with Image.open(photo) as picture:
            picture.draft("RGB", (side, side * 3 // 4))
            picture.load()
            picture.thumbnail((320, 320))
            picture.save(thumb, quality=80)
            found = [one.bits for one in prints_of(picture.convert("L"))]
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
