import io
import stat
import zipfile

import pytest

from service import uploads
from service.failures import ServiceError


def packed(*files: tuple[str, bytes], link: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(ServiceError) as caught:
        if uploads.is_zip(data):
            archive = uploads.opened(data)
            uploads.is_workbook(archive)
            uploads.take(archive, {"units.csv"})
    return caught.value.code


@pytest.mark.parametrize("name", ["../units.csv", "/etc/units.csv", "a/../../units.csv", "..\\units.csv", "C:units.csv"])
def test_a_path_that_leaves_the_folder_is_refused(name: str) -> None:
    assert refused(packed((name, b"x"))) == "bad_path"


def test_a_link_is_refused() -> None:
    assert refused(packed(link="units.csv")) == "bad_path"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = packed(("units.csv", bytes(uploads.MOST_BYTES + 1)))
    assert len(data) < 200_000
    assert refused(data) == "archive_too_large"
    assert refused(packed(*((f"{number}.csv", b"") for number in range(uploads.MOST_FILES + 1)))) == "archive_too_large"


def test_a_size_that_lies_gives_no_more_than_it_says() -> None:
    data = packed(("units.csv", b"x" * 100_000))
    lying = data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != data
    assert refused(lying) == "bad_archive"


def test_a_workbook_of_few_cells_that_span_much_is_refused() -> None:
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (number, number) for number in range(1, 1000))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + rows + b"</sheetData></worksheet>"
    assert refused(packed(("xl/workbook.xml", b""), ("xl/worksheets/sheet1.xml", sheet))) == "archive_too_large"


def test_a_workbook_with_entities_is_refused() -> None:
    strings = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    assert refused(packed(("xl/workbook.xml", b""), ("xl/sharedStrings.xml", strings))) == "bad_archive"


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", packed(("units.csv", b"x" * 5000))[:60]], ids=["words", "cut"])
def test_what_is_damaged_is_refused(data: bytes) -> None:
    assert refused(data) == "bad_archive"


def test_an_old_workbook_names_the_remedy() -> None:
    assert refused(b"\xd0\xcf\x11\xe0old") == "wrong_type"


def test_tables_are_found_wherever_they_lie_and_only_once() -> None:
    archive = uploads.opened(packed(("city/units.csv", b"a"), ("city/readme.md", b"b"), ("__MACOSX/city/._units.csv", b"c")))
    assert uploads.take(archive, {"units.csv"}) == ({"units.csv": b"a"}, ["readme.md"])
    assert refused(packed(("one/units.csv", b"a"), ("two/units.csv", b"b"))) == "bad_archive"
