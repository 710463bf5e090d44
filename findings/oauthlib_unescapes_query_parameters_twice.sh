#!/usr/bin/env bash
# One would guess that a server that collects the parameters of an OAuth 1.0 request gets the same values wherever the
# client put them: RFC 5849, 3.4.1.3.1 names the header, the query and the form as equals, each decoded once. oauthlib's
# `collect_parameters` decodes the oauth_ values of the query a second time, so a nonce "a%25b" becomes "a%b" when it is
# sent in the query. The base string then differs from the client's, and a correctly signed request is refused. OAS
# collects the parameters itself, and a test sends a signed request with such a nonce.
#
# Seen on 2026-11-28:
#   oauthlib 4.0.1
#   header: a%25b
#   query: a%b
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq oauthlib==4.0.1
cd "$folder"
venv/bin/python - <<'PYTHON' | tee output
from urllib.parse import quote

import oauthlib
from oauthlib.oauth1.rfc5849.signature import collect_parameters

print("oauthlib", oauthlib.__version__)
nonce = quote("a%25b", safe="")
header = collect_parameters(headers={"Authorization": f'OAuth oauth_nonce="{nonce}"'})
print("header:", dict(header)["oauth_nonce"])
query = collect_parameters(uri_query=f"oauth_nonce={nonce}")
print("query:", dict(query)["oauth_nonce"])
PYTHON
diff output - <<'SEEN'
oauthlib 4.0.1
header: a%25b
query: a%b
SEEN
