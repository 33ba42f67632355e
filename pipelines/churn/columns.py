"""Define the columns of the telephone churn data that the model uses.

Phone is left out, as it identifies a customer, and so are the four charges, which on a real bill are minutes times a
price.
"""

from pipelines.scripts.schema import Schema

STATES = (
    *("AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA"),
    *("MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR"),
    *("PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"),
)
AREA_CODES = (
    *(
        "657",
        "658",
        "659",
        "676",
        "677",
        "678",
        "686",
        "707",
        "716",
        "727",
        "736",
        "737",
        "758",
        "766",
        "776",
        "777",
        "778",
    ),
    *("786", "787", "788", "797", "798", "806", "827", "836", "847", "848", "858", "866", "868", "876", "877", "878"),
)
YES_OR_NO = ("no", "yes")

SCHEMA = Schema(
    label="Churn?",
    order=(
        *("State", "Account Length", "Area Code", "Int'l Plan", "VMail Plan", "VMail Message"),
        *("Day Mins", "Day Calls", "Eve Mins", "Eve Calls", "Night Mins", "Night Calls", "Intl Mins", "Intl Calls"),
        *("CustServ Calls", "Churn?"),
    ),
    # Listed here, so that the features do not depend on the values in a file.
    categories={"State": STATES, "Area Code": AREA_CODES, "Int'l Plan": YES_OR_NO, "VMail Plan": YES_OR_NO},
    classes=("False.", "True."),
)
