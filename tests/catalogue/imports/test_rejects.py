from __future__ import annotations

from pathlib import Path

from accounts.models import Organisation
from catalogue.services.imports.rejects import as_csv
from tests.catalogue.importing import import_text, isrc


def test_rows_left_out_are_a_csv_that_a_spreadsheet_can_open_safely(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f'ISRC,Title\n=1+1,x\n{isrc(1)},"Night\n')
    assert list(as_csv(row)) == [
        "row,column,code,reason,value\r\n",
        '2,isrc,bad_isrc,"Not an ISRC: two letters, three letters or digits, seven digits (QZAAA2500001).",\'=1+1\r\n',
        '3,,bad_quotes,"The quotes of the line cannot be read: one is opened and not closed, or text follows a closed '
        f'one.","line 3: {isrc(1)},""Night"\r\n',
    ]
