"""Of all photos that were ever received, exactly those that look nearly the same are found."""

import random
from collections.abc import Iterator

import pytest

from tests import claims
from tests.claims import Campaign
from workflows.domain.claims.records import Claim
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import CENTRE, CENTRE_MIRROR, MIRROR, MOST_BITS, MOST_FINE_BITS, WHOLE
from workflows.domain.evidence.likeness import BANDS, PhotoPrint, alike, bands, keep
from workflows.domain.evidence.records import EvidencePhoto

pytestmark = pytest.mark.usefixtures("db")
CHANCE = random.Random(21)  # noqa: S311 - made-up pictures, the same in every run


@pytest.fixture
def claim() -> Claim:
    return Campaign().claim()


def picture() -> int:
    """A print as pictures have them: half of its bits set."""
    return sum(1 << place for place in CHANCE.sample(range(64), 32))


def changed(bits: int, places: Iterator[int] | list[int]) -> int:
    for place in places:
        bits ^= 1 << place
    return bits


def kept(claim: Claim, bits: int, variant: str = WHOLE) -> EvidencePhoto:
    made = claims.photo(claim)
    keep(made.id, [Print(variant, bits)])
    return made


def found(bits: int, variant: str = WHOLE) -> list[int]:
    return [one.photo for one in alike([Print(variant, bits)])]


@pytest.mark.parametrize("off", range(MOST_BITS + 1))
def test_whichever_bits_differ_a_like_print_is_found(claim: Claim, off: int) -> None:
    """Shown red by looking one bit less far in any one band."""
    bits = picture()
    other = kept(claim, bits)
    for _ in range(40):
        assert found(changed(bits, CHANCE.sample(range(64), off))) == [other.id]


def test_all_that_may_differ_in_one_band_or_evenly_in_each_is_found(claim: Claim) -> None:
    bits = picture()
    other = kept(claim, bits)
    spread = [place for band in BANDS for place in range(band.start, band.start + band.within)]
    rest = [place for place in range(64) if place not in spread][: MOST_BITS - len(spread)]
    for band in BANDS:
        assert found(changed(bits, list(range(band.start, band.start + MOST_BITS)))) == [other.id]
    assert found(changed(bits, spread + rest)) == [other.id]


def test_one_bit_more_is_another_picture(claim: Claim) -> None:
    bits = picture()
    kept(claim, bits)
    assert found(changed(bits, list(range(MOST_BITS + 1)))) == []


def test_the_bands_are_all_of_a_print_and_look_far_enough() -> None:
    """Were each band off by one more than is looked for, the whole must be off by too much to be alike."""
    for most in range(2, 16):
        cut = bands(most)
        assert [band.start for band in cut] == [0, cut[0].width, cut[0].width + cut[1].width]
        assert sum(band.width for band in cut) == 64
        assert sum(band.within + 1 for band in cut) == most + 1


def test_the_search_finds_what_counting_all_of_them_finds(claim: Claim) -> None:
    shelf = picture()
    prints = {}
    for _ in range(150):
        bits = changed(shelf, CHANCE.sample(range(64), CHANCE.randrange(20)))
        prints[kept(claim, bits).id] = bits
    for _ in range(20):
        asked = changed(shelf, CHANCE.sample(range(64), 5))
        near = {number for number, bits in prints.items() if (bits ^ asked).bit_count() <= MOST_BITS}
        assert set(found(asked)) == near


def test_the_nearest_comes_first_and_says_how_near_it_is(claim: Claim) -> None:
    bits = picture()
    far, near = kept(claim, changed(bits, [1, 2, 3, 4])), kept(claim, changed(bits, [9]))
    assert [(one.photo, one.bits) for one in alike([Print(WHOLE, bits)])] == [(near.id, 1), (far.id, 4)]
    assert [one.photo for one in alike([Print(WHOLE, bits)], but=near.id)] == [far.id]


def test_the_highest_bit_is_a_bit_like_any_other(claim: Claim) -> None:
    bits = picture() | 1 << 63
    other = kept(claim, bits)
    assert found(bits ^ 1 << 63) == [other.id]
    assert found(bits) == [other.id]


@pytest.mark.parametrize(
    ("asked", "held", "is_alike"),
    [
        (MIRROR, WHOLE, True),
        (WHOLE, CENTRE, True),
        (CENTRE, WHOLE, True),
        (CENTRE_MIRROR, WHOLE, True),
        (CENTRE_MIRROR, CENTRE, False),
    ],
)
def test_a_mirrored_or_cut_picture_is_compared_with_what_it_was_made_from(
    claim: Claim, asked: str, held: str, is_alike: bool
) -> None:
    bits = picture()
    other = kept(claim, bits, held)
    assert found(bits, asked) == ([other.id] if is_alike else [])


def test_flat_pictures_are_not_all_the_same_picture(claim: Claim) -> None:
    for bits in (0, 1, (1 << 64) - 1):
        kept(claim, bits)
        assert found(bits) == []
    assert PhotoPrint.select().count() == 0


def test_prints_are_kept_once_and_go_with_their_photo(claim: Claim) -> None:
    made = claims.photo(claim)
    for _ in range(2):
        keep(made.id, [Print(WHOLE, picture()), Print(MIRROR, picture()), Print(CENTRE, picture())])
    assert [row.variant for row in PhotoPrint.select().order_by(PhotoPrint.variant)] == [CENTRE, WHOLE]
    made.delete_instance()
    assert PhotoPrint.select().count() == 0


def test_two_pictures_that_look_alike_by_chance_are_told_apart_by_their_finer_bits(claim: Claim) -> None:
    bits, fine = picture(), CHANCE.getrandbits(256)
    other = claims.photo(claim)
    keep(other.id, [Print(WHOLE, bits, fine)])
    near = changed(fine, CHANCE.sample(range(256), MOST_FINE_BITS))
    far = changed(fine, CHANCE.sample(range(256), MOST_FINE_BITS + 1))
    assert [one.photo for one in alike([Print(WHOLE, bits, near)])] == [other.id]
    assert alike([Print(WHOLE, bits, far)]) == []
