"""The words of totals, summaries and carried balances in the languages of reports, as regular expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

_WORD: Final = (
    r"(?:(?:sub|sous|grand|gran|super)[ -]?)?(?:totals?|totale[ns]?|totali|totaux|totaal|totalt|totaler|subtotale)"
    r"|summe|gesamt|gesamtsumme|gesamtbetrag|zwischensumme|insgesamt|endsumme|sum|sums|somme|suma|soma|summa|summary"
    r"|razem|łącznie|ogółem|celkem|součet|spolu|összesen|yhteensä|i alt|sammanlagt|toplam|jumlah|tổng cộng|kokku|kopā"
    r"|итого|всего|итог|общо|сумма|разом|усього|ukupno|skupaj|σύνολο|المجموع|الإجمالي|合計|小計|総計|总计|合计|小计|總計"
    r"|합계|총계|소계|कुल"
)
_WITH: Final = (
    r"(?:general|général|générale|geral|generale|net|netto|gross|due|payable|amount|earnings|royalties|royalty|revenue"
    r"|sales|income|grand|overall|of|the|all|page|period|month|report|statement|file|units|[a-z]{3})"
)
PURE: Final = rf"(?i)^\W*(?:{_WITH}\W+)*(?:{_WORD})(?:\W+{_WITH})*\W*$"
MIXED: Final = rf"(?i)^\W*(?:{_WORD})(?:\W.*)?$|^(?:.*\W)?(?:{_WORD})\W*$"
_ACCENTED: Final = ("łącznie", "ogółem", "součet", "összesen", "yhteensä", "tổng cộng", "kopā")
_CYRILLIC_AND_GREEK: Final = ("итого", "всего", "итог", "общо", "сумма", "разом", "усього", "σύνολο")
# A text without any of these has no such word: they are looked for first, as that is much faster than an expression.
ROOTS: Final = (
    "tota", "summ", "sum", "gesamt", "somme", "soma", "razem", "celkem", "spolu", "i alt", "sammanlagt", "toplam",
    "jumlah", "kokku", "ukupno", "skupaj",
    "المجموع", "الإجمالي", "合計", "小計", "総計", "总计", "合计", "小计", "總計",
    "합계", "총계", "소계", "कुल",
    *(form for word in (*_ACCENTED, *_CYRILLIC_AND_GREEK) for form in (word, word.capitalize(), word.upper())),
)  # fmt: skip
# `PURE`: a cell that says nothing but that; `MIXED`: one that also says of what. `SUMMARY`: the name of a member or
# sheet.
SUMMARY: Final = (
    rf"(?i)(?:^|[\W_])(?:{_WORD}|summar(?:y|ies)|overview|recap|cover|zusammenfassung|übersicht|uebersicht|résumé"
    r"|récapitulatif|resumen|resumo|riepilogo|sommario|sintesi|samenvatting|overzicht|podsumowanie|sammanfattning"
    r"|сводка|итоги|обзор|概要|サマリー|集計|汇总|摘要|요약)(?:$|[\W_])"
)
# The whole of a cell that names a balance of an earlier statement, and roots without one of which no cell does.
BALANCE: Final = (
    r"(?i)^\W*(?:(?:account|royalty|unpaid|unrecouped|recoupable|net|amount|total)\W+)*(?:"
    r"(?:(?:opening|previous|prior|last|starting|beginning|earlier|old)\W+)+(?:statement\W+|period\W+)?balances?"
    r"|balances?\W+(?:(?:brought|carried)\W+)?(?:forwards?|over|b/?f|c/?f|from\W+(?:previous|prior|last)\W+\w+)"
    r"|(?:brought|carried)\W+(?:forward|over)|(?:carry|bring)\W*forward"
    r"|saldo ?vortrag|anfangssaldo|vortrag|übertrag|solde (?:précédent|reporté|antérieur|d'ouverture)|report à nouveau"
    r"|saldo (?:anterior|inicial|precedente|riportato|vorige|początkowy)|beginsaldo|ingående saldo"
    r"|входящий остаток|остаток на начало|前期繰越|前月繰越|上期结余|上期餘額|전기이월"
    r")(?:\W.*)?$"
)
BALANCE_ROOTS: Final = (
    "balance", "forward", "over", "saldo", "vortrag", "bertrag", "solde", "report à nouveau",
    "остаток", "Остаток", "繰越", "上期", "이월",
)  # fmt: skip


def may_say(text: pl.Expr, roots: Sequence[str] = ROOTS) -> pl.Expr:
    """Whether some part of `text` may fit a pattern with `roots`; much faster than `says`, of several cells at once."""
    return text.str.contains_any(list(roots), ascii_case_insensitive=True)


def says(cells: pl.Expr, pattern: str, roots: Sequence[str] = ROOTS) -> pl.Expr:
    """Whether each of `cells` fits `pattern`: `PURE`, `MIXED`, or `BALANCE` with its `roots`."""
    return cells.map_batches(lambda batch: _say(batch, pattern, roots), pl.Boolean, is_elementwise=True)


def _say(cells: pl.Series, pattern: str, roots: Sequence[str]) -> pl.Series:
    # Each different text of a batch is looked at once: cells repeat, and an expression takes long (docs/speed.md).
    different = cells.unique().to_frame("text").filter(may_say(pl.col("text"), roots)).to_series()
    found = different.filter(different.str.contains(pattern))
    return cells.is_in(found.implode()) if len(found) else pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
