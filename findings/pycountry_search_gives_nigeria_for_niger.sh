#!/usr/bin/env bash
# One would guess that searching pycountry for the name of a country gives that country first. `search_fuzzy` also
# counts the letters within other names and the names of provinces: "Niger" gives Nigeria first; "Republic of Korea"
# gives nothing but North Korea, in whose official name alone the words stand in this order; "Kosovo" gives Serbia.
# Code that takes the first hit books sales to another country, with its tax and its rights. OAS compares whole names
# in 25 languages and has a list of older and shorter ones; what is in neither is the territory ZZ.
#
# Seen on 2026-11-28:
#   pycountry 26.2.16
#   Niger: ['Nigeria', 'Niger']
#   Republic of Korea: ["Korea, Democratic People's Republic of"]
#   Kosovo: ['Serbia']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq pycountry==26.2.16
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pycountry

print("pycountry", version("pycountry"))
seen = {}
for name in ("Niger", "Republic of Korea", "Kosovo"):
    seen[name] = [country.name for country in pycountry.countries.search_fuzzy(name)]
    print(f"{name}: {seen[name]}")
if seen != {
    "Niger": ["Nigeria", "Niger"],
    "Republic of Korea": ["Korea, Democratic People's Republic of"],
    "Kosovo": ["Serbia"],
}:
    raise SystemExit("The behaviour has changed.")
PYTHON
