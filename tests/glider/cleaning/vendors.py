"""Small files as some vendors send them, for tests of containers, workbooks and mutations."""

from __future__ import annotations

from tests.glider.cleaning.input.containers import archive, workbook

APPLE = (
    "Start Date\t10/01/2017\nEnd Date\t11/04/2017\nReport Type\tApple Music\nCurrency\tAUD\n"
    "Storefront Name\tApple Identifier\tMembership Type\tQuantity\tNet Royalty\tNet Royalty Total\tISRC\tItem_Title\t"
    "Item_Artist\tItem Type\tMedia Type\tVendor Identifier\tOffline Indicator\tLabel/Studio/Network\tGrid\n"
    'AU\t1\tIndividual\t3\t.01\t{net}\tUSAAA2500001\tCliff "Ukulele Ike"\tA\tSong\tAudio\tv\t0\tL\t\n'
)
ITUNES = (
    "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\t"
    "Partner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\t"
    "Label/Studio/Network/Developer/Publisher\tGrid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\t"
    "Pre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency\n"
    "10/01/2017\t11/04/2017\t\tUSAAA2500001\tv\t2\t.5\t1.00\tUSD\tS\t1\tA\tSong\tL\t\tH\t\tUS\t\t\t1.29\tUSD\n"
)
CARGO = (
    "Royalty ID,Asset ISRC,Asset Title,Asset Version,Asset Artist,Asset Duration,Sale net receipts calculation,"
    "Sale net receipts,Contract deal term,Contract Reference,Reported Royalty,Asset/Product,Territory,Quantity,"
    "Sale Type,Sale User Type,Sale Start date,Sale End date,Sale Store Name,DSP,Royalty Calculation Base,"
    "Product Reference,Asset Reference,Product Share,Asset Share,Exchange Rate,Currency,Product Title,Product Artist,"
    "Product UPC,Product Catalog Number,Product Label,Report Run ID,Report ID,Sale ID,Statement Run ID,"
    "Statement Run Name"
)


def cargo_line(number: int, royalty: str) -> str:
    return (
        f'{number},GBAAA2500001,T,,A,,"$1,x",1,85%,c,{royalty},Asset,GB,10,Stream,Premium,2023-01-01,2023-01-31,'
        "Spotify,Spotify,b,p,a,1,1,1,USD,R,A,5012345678900,CAT1,L,1,1,1,1,2023Q1"
    )


def cargo(labels: str = "0.75", *, side: str = "Label,Reported Royalty\r\nL,{}\r\n") -> bytes:
    lines = "\r\n".join([CARGO, cargo_line(1, "0.5"), cargo_line(2, "0.25")]) + "\r\n"
    sums = "\ufeffName,Reported Royalty\nx,0.75\n"
    members: dict[str, bytes | str] = {f"Acc-{name}.csv": sums + name for name in ("artists", "assets", "countries")}
    members |= {"Acc-labels.csv": side.format(labels), "Acc-royalty_extended.csv": lines}
    members |= {"Acc-stores.csv": sums + "s", "Acc-products.csv": sums}
    members["Acc-statement.xlsx"] = workbook({"Statement": [["Account", "Royalty"], ["Acc", 0.75]]})
    return archive(members)
