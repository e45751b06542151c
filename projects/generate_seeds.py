#!/usr/bin/env python3
"""Write the raw seeds of the retail mesh.

The output is a pure function of this file: one fixed random seed, no clock, no
input. Run it from anywhere; it rewrites the CSV files in `<domain>/seeds/raw/`.

The data is made up, and awkward on purpose, as what reaches a warehouse is:
empty fields, events that arrive late or twice, accents, quotes and commas
inside fields, codes with leading zeros, six currencies, ten time zones, and
refunds as negative amounts.
"""

import csv
import datetime as dt
import json
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FIRST_DAY = dt.date(2024, 1, 1)
LAST_DAY = dt.date(2025, 6, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

COUNTRIES = {
    # code: (name, currency, time zone, UTC offset in winter, VAT rate, share of customers)
    "DE": ("Germany", "EUR", "Europe/Berlin", 1, "0.19", 20),
    "GB": ("United Kingdom", "GBP", "Europe/London", 0, "0.20", 18),
    "FR": ("France", "EUR", "Europe/Paris", 1, "0.20", 14),
    "SE": ("Sweden", "SEK", "Europe/Stockholm", 1, "0.25", 12),
    "ES": ("España", "EUR", "Europe/Madrid", 1, "0.21", 10),
    "PL": ("Poland", "PLN", "Europe/Warsaw", 1, "0.23", 8),
    "PT": ("Portugal", "EUR", "Europe/Lisbon", 0, "0.23", 6),
    "CH": ("Switzerland", "CHF", "Europe/Zurich", 1, "0.081", 5),
    "IE": ("Ireland", "EUR", "Europe/Dublin", 0, "0.23", 4),
    "US": ("United States", "USD", "America/New_York", -5, "", 3),
}
EUR_PER_UNIT = {"GBP": 1.17, "SEK": 0.0885, "PLN": 0.232, "CHF": 1.04, "USD": 0.925}
CITIES = {
    "DE": [("München", "80331"), ("Köln", "50667"), ("Dresden", "01067"), ("Leipzig", "04109")],
    "GB": [("London", "EC1A 1BB"), ("Leeds", "LS1 4DY"), ("Bristol", "BS1 5TR")],
    "FR": [("Paris", "75001"), ("Nîmes", "30000"), ("Bourg-en-Bresse", "01000")],
    "SE": [("Göteborg", "411 03"), ("Malmö", "211 20"), ("Västerås", "722 11")],
    "ES": [("Málaga", "29001"), ("A Coruña", "15001"), ("Barcelona", "08002")],
    "PL": [("Kraków", "31-001"), ("Łódź", "90-001"), ("Warszawa", "00-001")],
    "PT": [("Évora", "7000-500"), ("Lisboa", "1100-148")],
    "CH": [("Zürich", "8001"), ("Genève", "1201")],
    "IE": [("Dún Laoghaire", "A96 K5H7"), ("Cork", "T12 W8KP")],
    "US": [("Boston", "02108"), ("New York, NY", "10001")],
}
STREETS = ["Hauptstraße", "High Street", "Rue de l'Église", "Storgatan", "Calle Mayor", "Main St", "ulica Długa"]
FIRST_NAMES = [
    "Zoë", "José", "Anna", "Søren", "Łukasz", "Mia", "Björn", "Chloé", "Noah", "Inês",
    "Siobhán", "Emma", "Jürgen", "Renée", "Oliver", "Małgorzata", "Lucía", "Ann-Marie", "Tom", "Eva",
]
LAST_NAMES = [
    "Müller", "O'Brien", "García", "Åkesson", "Nowak", "Smith", "Lefèvre", "Gonçalves", "Weiß", "Jones",
    "Ó Súilleabháin", "Lindström", "Kowalska", "de la Cruz", "van der Berg", "Brown", "Schäfer", "Silva",
]
CATEGORY_TREE = {
    "Home": {"Kitchen": ["Pans", "Knives", "Storage"], "Bedroom": ["Duvets", "Pillows"], "Lighting": ["Lamps", "Bulbs"]},
    "Garden": {"Tools": ["Spades", "Pruners"], "Furniture": ["Chairs", "Tables"]},
    "Outdoor": {"Camping": ["Tents", "Stoves"], "Cycling": ["Helmets", "Lights"]},
    "Food & Drink": {"Pantry": ["Coffee", "Tea", "Crème & jams"], "Wine": ["Red", "White"]},
}
ADJECTIVES = ["Classic", "Café", "Nordic", "Compact", "Émile", "Rustic", "Ultra-light", "Größe L", "Everyday", "Señorío"]


def write(domain, name, header, rows):
    path = ROOT / domain / "seeds" / "raw" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def instant(rng, first=FIRST_DAY, last=LAST_DAY, hours=(0, 23)):
    day = first + dt.timedelta(days=rng.randrange((last - first).days + 1))
    return dt.datetime(day.year, day.month, day.day, rng.randint(*hours), rng.randrange(60), rng.randrange(60))


def with_duplicates(rng, rows, count):
    """Repeat `count` rows at random places, as an at-least-once feed does."""
    rows = list(rows)
    for row in rng.sample(rows, count):
        rows.insert(rng.randrange(len(rows)), row)
    return rows


def pick_country(rng):
    return rng.choices(list(COUNTRIES), weights=[country[5] for country in COUNTRIES.values()])[0]


def cents(rng, low, high):
    return rng.randrange(low, high) * 100 - rng.choice([1, 1, 5, 10, 100])


def product(rng):
    brands = []
    for number in range(1, 49):
        name = f"{rng.choice(LAST_NAMES)} {rng.choice(['& Co.', 'Söhne', 'Living', 'Works', 'Frères'])} {number}"
        if number % 12 == 0:
            name = f'{name}, "since {1890 + number}"'
        brands.append([f"B{number:03}", name, pick_country(rng), "" if number % 9 == 0 else f"https://brand-{number}.example.com"])
    write("product", "raw_brands", ["brand_id", "brand_name", "country_code", "website"], brands)

    categories, leaves = [], []
    for area_number, (area, groups) in enumerate(CATEGORY_TREE.items(), 1):
        area_code = f"{area_number:02}"
        categories.append([area_code, "", area])
        for group_number, (group, names) in enumerate(groups.items(), 1):
            group_code = f"{area_code}{group_number:02}"
            categories.append([group_code, area_code, group])
            for leaf_number, leaf in enumerate(names, 1):
                leaf_code = f"{group_code}{leaf_number:02}"
                categories.append([leaf_code, group_code, leaf])
                leaves.append((leaf_code, leaf))
    write("product", "raw_categories", ["category_code", "parent_category_code", "category_name"], categories)

    suppliers = []
    for number in range(1, 61):
        country = pick_country(rng)
        name = f"{rng.choice(LAST_NAMES)} {rng.choice(['GmbH', 'Ltd.', 'S.A.', 'AB', 'Sp. z o.o.', 'Lda'])}"
        suppliers.append([
            f"S{number:04}", name, country, COUNTRIES[country][1], rng.randrange(2, 45),
            "" if number % 11 == 0 else f"orders@supplier-{number}.example.com",
            instant(rng, last=dt.date(2024, 12, 31)),
        ])
    write("product", "raw_suppliers", [
        "supplier_id", "supplier_name", "country_code", "currency_code", "lead_time_days", "contact_email", "updated_at",
    ], suppliers)

    products, prices, offers, catalogue = [], [], [], []
    price_change = offer = 0
    for number in range(1, 701):
        sku = f"{number * 137 % 100000:06}"
        code, leaf = rng.choice(leaves)
        name = f"{rng.choice(ADJECTIVES)} {leaf}"
        if number % 17 == 0:
            name += f', {rng.randrange(10, 60)} cm, "XL"'
        introduced = FIRST_DAY - dt.timedelta(days=rng.randrange(0, 900))
        status = rng.choices(["active", "discontinued", "planned"], weights=[86, 11, 3])[0]
        discontinued = LAST_DAY - dt.timedelta(days=rng.randrange(1, 120)) if status == "discontinued" else ""
        attributes = {"colour": rng.choice(["red", "blue", "grün", "écru"]), "fragile": rng.random() < 0.2}
        if rng.random() < 0.3:
            attributes["size"] = rng.choice(["S", "M", "L"])
        price = cents(rng, 3, 180)
        products.append([
            sku, f"0{400000000000 + number * 7919}", name, code, f"B{rng.randrange(1, 49):03}", status,
            "" if number % 23 == 0 else rng.randrange(40, 24000), json.dumps(attributes, ensure_ascii=False),
            introduced, discontinued, instant(rng),
        ])
        catalogue.append((sku, price, status))
        for currency in ("EUR", "GBP", "SEK"):
            local = price if currency == "EUR" else int(price / EUR_PER_UNIT[currency])
            start = dt.datetime(2024, 1, 1)
            for step in range(rng.choices([1, 2, 3], weights=[70, 22, 8])[0]):
                price_change += 1
                entered = start - dt.timedelta(hours=rng.randrange(1, 72)) if rng.random() < 0.9 else start + dt.timedelta(hours=9)
                prices.append([price_change, sku, currency, local, start, entered])
                spring = dt.date(2024, 2, 1) + dt.timedelta(days=180 * step)
                start = instant(rng, first=spring, last=spring + dt.timedelta(days=140), hours=(0, 0))
                local = int(local * rng.choice([0.85, 0.9, 1.05, 1.1, 1.2]))
        for supplier in rng.sample(suppliers, rng.choice([1, 1, 2, 2, 3])):
            offer += 1
            cost = int(price * rng.uniform(0.35, 0.65) / EUR_PER_UNIT.get(supplier[3], 1.0))
            offers.append([offer, sku, supplier[0], cost, supplier[3], rng.choice([1, 6, 12, 24]), instant(rng, last=dt.date(2025, 3, 31))])
    write("product", "raw_products", [
        "sku", "ean", "product_name", "category_code", "brand_id", "status", "weight_g", "attributes",
        "introduced_on", "discontinued_on", "updated_at",
    ], products)
    write("product", "raw_price_changes", [
        "price_change_id", "sku", "currency_code", "price_cents", "valid_from", "entered_at",
    ], with_duplicates(rng, prices, 40))
    write("product", "raw_supplier_offers", [
        "offer_id", "sku", "supplier_id", "unit_cost_cents", "currency_code", "minimum_quantity", "updated_at",
    ], offers)

    rates, current = [], dict(EUR_PER_UNIT)
    for offset in range(DAYS):
        day = FIRST_DAY + dt.timedelta(days=offset)
        for currency, start in EUR_PER_UNIT.items():
            current[currency] = min(max(current[currency] * rng.uniform(0.995, 1.005), start * 0.9), start * 1.1)
            if day.weekday() < 5 and day != dt.date(2024, 12, 25):
                rates.append([day, currency, f"{current[currency]:.6f}"])
    write("product", "raw_exchange_rates", ["rate_date", "currency_code", "eur_per_unit"], rates)
    return catalogue


def customer(rng):
    write("customer", "raw_countries", [
        "country_code", "country_name", "currency_code", "time_zone", "vat_rate",
    ], [[code, name, currency, zone, vat] for code, (name, currency, zone, _, vat, _) in COUNTRIES.items()])
    write("customer", "loyalty_tiers", ["tier_code", "tier_name", "points_from", "discount_rate"], [
        ["01", "Bronze", 0, "0.00"], ["02", "Silver", 300, "0.02"], ["03", "Gold", 800, "0.05"], ["04", "Platinum", 1500, "0.08"],
    ])

    people, rows, addresses, points, consents = [], [], [], [], []
    address = event = 0
    for number in range(1, 2001):
        customer_id, country = f"C{number:06}", pick_country(rng)
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        signed_up = instant(rng, first=dt.date(2022, 1, 1), last=dt.date(2025, 6, 15))
        email = "" if number % 19 == 0 else f"{'Shopper' if number % 5 == 0 else 'shopper'}.{number}@example.com"
        phone = "" if rng.random() < 0.2 else f"0{rng.randrange(10**8, 10**9)}"
        birth = "" if rng.random() < 0.25 else dt.date(1940, 1, 1) + dt.timedelta(days=rng.randrange(24000))
        row = [customer_id, first, last, email, phone, birth, country, rng.choice(["Y", "N", ""]), signed_up, signed_up]
        rows.append(row)
        people.append((customer_id, country, signed_up))
        if number % 30 == 0:
            moved = pick_country(rng)
            rows.append(row[:2] + [rng.choice(LAST_NAMES)] + row[3:6] + [moved, "Y", signed_up, signed_up + dt.timedelta(days=rng.randrange(1, 400))])
        for kind in (["billing"], ["billing", "shipping"])[rng.random() < 0.2]:
            address += 1
            city, postal_code = rng.choice(CITIES[country])
            street = f"{rng.choice(STREETS)} {rng.randrange(1, 200)}"
            if address % 13 == 0:
                street += f', Apt. "{rng.choice("ABC")}"'
            addresses.append([address, customer_id, kind, street, postal_code, city, country, signed_up + dt.timedelta(days=rng.randrange(0, 60))])
        if rng.random() < 0.75:
            for _ in range(rng.randrange(1, 5)):
                event += 1
                happened = instant(rng)
                reason = rng.choices(["purchase", "birthday", "redemption", "correction"], weights=[70, 10, 15, 5])[0]
                amount = {"purchase": rng.randrange(5, 600), "birthday": 50, "redemption": -rng.randrange(5, 120), "correction": rng.choice([-10, 10])}[reason]
                late = dt.timedelta(days=rng.randrange(1, 6)) if rng.random() < 0.05 else dt.timedelta(seconds=rng.randrange(1, 90))
                points.append([f"L{event:07}", customer_id, reason, amount, happened, happened + late])
        for channel in ("email", "sms", "post"):
            if rng.random() < 0.45:
                given = instant(rng, first=dt.date(2023, 1, 1))
                consents.append([customer_id, channel, rng.choice(["true", "true", "false"]), given, rng.choice(["web form", "shop", "call centre", ""])])
                if rng.random() < 0.1:
                    consents.append([customer_id, channel, "false", given + dt.timedelta(days=rng.randrange(1, 90)), "unsubscribe link"])
    write("customer", "raw_customers", [
        "customer_id", "first_name", "last_name", "email", "phone", "birth_date", "country_code", "newsletter", "signed_up_at", "updated_at",
    ], with_duplicates(rng, rows, 15))
    write("customer", "raw_addresses", [
        "address_id", "customer_id", "address_type", "street", "postal_code", "city", "country_code", "updated_at",
    ], addresses)
    write("customer", "raw_loyalty_events", [
        "event_id", "customer_id", "reason", "points", "occurred_at", "received_at",
    ], with_duplicates(rng, points, 45))
    write("customer", "raw_consents", ["customer_id", "channel", "is_granted", "recorded_at", "captured_by"], consents)
    return people


def store(rng, catalogue):
    stores = []
    countries = ["DE"] * 6 + ["GB"] * 5 + ["FR"] * 4 + ["SE"] * 3 + ["ES"] * 2 + ["PL", "PT", "CH", "IE"]
    for number, country in enumerate(countries, 1):
        city, postal_code = rng.choice(CITIES[country])
        opened = dt.date(2010, 1, 1) + dt.timedelta(days=rng.randrange(4500))
        closed = dt.date(2025, 2, 28) if number in (7, 19) else ""
        stores.append([
            f"{number * 7:04}", f"{city} {rng.choice(['Centre', 'Bahnhof', 'Mall', 'Marché'])}", city, postal_code, country,
            COUNTRIES[country][2], rng.randrange(180, 2400), opened, closed,
        ])
    write("store", "raw_stores", [
        "store_code", "store_name", "city", "postal_code", "country_code", "time_zone", "floor_area_m2", "opened_on", "closed_on",
    ], stores)

    active = [sku for sku, _, status in catalogue if status == "active"]
    counts, deliveries, visits = [], [], []
    count = delivery = 0
    for row in stores:
        code, closed = row[0], row[8]
        for sku in rng.sample(active, 28):
            for day in (dt.date(2025, 4, 30), dt.date(2025, 5, 31), dt.date(2025, 6, 28)):
                if closed and day > closed:
                    continue
                count += 1
                counts.append([count, code, sku, day, "" if rng.random() < 0.02 else max(-2, int(rng.gauss(14, 9)))])
            if not closed and rng.random() < 0.9:
                delivery += 1
                ordered = dt.date(2025, 3, 1) + dt.timedelta(days=rng.randrange(110))
                due = ordered + dt.timedelta(days=rng.randrange(3, 25))
                received = due + dt.timedelta(days=rng.choice([-1, 0, 0, 0, 1, 4, 11]))
                deliveries.append([
                    f"D{delivery:06}", code, sku, f"S{rng.randrange(1, 61):04}", rng.choice([6, 12, 24, 48]),
                    ordered, due, received if received <= LAST_DAY else "",
                ])
        if closed:
            continue
        for offset in range(91):
            day = dt.date(2025, 4, 1) + dt.timedelta(days=offset)
            if day.weekday() == 6 and row[4] in ("DE", "CH"):
                continue
            visits.append([code, day, "" if rng.random() < 0.01 else max(0, int(rng.gauss(240, 70))), f"{day} 23:{rng.randrange(10, 60)}:00"])
            if rng.random() < 0.02:
                visits.append([code, day, max(0, int(rng.gauss(240, 70))), f"{day + dt.timedelta(days=2)} 06:00:00"])
    write("store", "raw_stock_counts", ["count_id", "store_code", "sku", "counted_on", "quantity"], counts)
    write("store", "raw_deliveries", [
        "delivery_id", "store_code", "sku", "supplier_id", "quantity", "ordered_on", "due_on", "received_on",
    ], deliveries)
    write("store", "raw_footfall", ["store_code", "visit_date", "visitors", "received_at"], visits)
    return stores


def orders(rng, catalogue, people, stores):
    headers, lines, payments, events, returns, placed = [], [], [], [], [], []
    payment = event = returned = 0
    sellable = [(sku, price) for sku, price, status in catalogue if status != "planned"]
    for number in range(1, 4501):
        order_id = f"O{number:07}"
        channel = rng.choices(["web", "app", "store"], weights=[50, 20, 30])[0]
        store_row = None
        if channel == "store":
            store_row = rng.choice(stores)
            country = store_row[4]
            customer_id = rng.choice(people)[0] if rng.random() < 0.6 else ""
        else:
            customer_id, country, _ = rng.choice(people)
        zone, currency, offset = COUNTRIES[country][2], COUNTRIES[country][1], COUNTRIES[country][3]
        last = dt.date(2025, 2, 27) if store_row and store_row[8] else LAST_DAY
        ordered = instant(rng, last=last, hours=(8, 21))
        utc = ordered - dt.timedelta(hours=offset)
        status = rng.choices(["completed", "shipped", "placed", "cancelled", "returned"], weights=[80, 5, 3, 6, 6])[0]
        if ordered.date() < dt.date(2025, 6, 1) and status in ("placed", "shipped"):
            status = "completed"
        if ordered.date() >= dt.date(2025, 5, 15) and status == "returned":
            status = "completed"
        if ordered.date() >= dt.date(2025, 6, 18) and status == "completed":
            status = rng.choice(["placed", "shipped"])
        updated = min(utc + dt.timedelta(hours=rng.randrange(1, 200)), dt.datetime(2025, 6, 30, 23, 59, 59))
        row = [order_id, customer_id, channel, store_row[0] if store_row else "", country, ordered, zone, currency, status, updated]
        if status == "completed" and number % 120 == 0:
            headers.append(row[:8] + ["placed", utc])
        headers.append(row)
        placed.append((order_id, customer_id, channel, utc, status))

        total = 0
        for line, (sku, price) in enumerate(rng.sample(sellable, rng.choices([1, 2, 3, 4, 6], weights=[30, 30, 20, 15, 5])[0]), 1):
            quantity = rng.choices([1, 2, 3, 10], weights=[70, 20, 8, 2])[0]
            local = int(price / EUR_PER_UNIT.get(currency, 1.0))
            discount = int(local * quantity * rng.choice([0, 0, 0, 0.05, 0.1]))
            lines.append([order_id, line, sku, quantity, local, discount if discount or rng.random() < 0.5 else ""])
            total += local * quantity - discount
            if status == "returned" and (line == 1 or rng.random() < 0.5):
                returned += 1
                returns.append([
                    f"R{returned:06}", order_id, line, rng.randint(1, quantity),
                    rng.choice(["damaged", "wrong size", "changed mind", "late, no longer needed", ""]),
                    utc + dt.timedelta(days=rng.randrange(3, 30)),
                ])
        if status != "cancelled":
            payment += 1
            method = rng.choice(["card", "card", "paypal", "invoice", "gift card"] if channel != "store" else ["card", "cash"])
            paid = utc + dt.timedelta(minutes=rng.randrange(0, 30))
            if rng.random() < 0.04:
                payments.append([f"P{payment:07}", order_id, method, total, currency, "failed", paid])
                payment += 1
                paid += dt.timedelta(minutes=5)
            split = total // 3 if rng.random() < 0.05 else 0
            if split:
                payments.append([f"P{payment:07}", order_id, "gift card", split, currency, "settled", paid])
                payment += 1
            payments.append([f"P{payment:07}", order_id, method, total - split, currency, "settled", paid])
            if status == "returned":
                payment += 1
                payments.append([f"P{payment:07}", order_id, method, -(total // 2), currency, "settled", paid + dt.timedelta(days=rng.randrange(5, 40))])

        steps = {"placed": ["placed"], "cancelled": ["placed", "cancelled"], "shipped": ["placed", "shipped"]}.get(status, ["placed", "shipped", "delivered"])
        happened = utc
        if channel != "store":
            for step in steps:
                if happened.date() > LAST_DAY:
                    break
                event += 1
                late = dt.timedelta(days=rng.randrange(1, 4)) if rng.random() < 0.03 else dt.timedelta(seconds=rng.randrange(1, 60))
                payload = {"carrier": rng.choice(["DHL", "PostNord", "Poczta Polska"])} if step == "shipped" else {}
                events.append([f"E{event:07}", order_id, step, happened, happened + late, json.dumps(payload) if payload else ""])
                happened += dt.timedelta(hours=rng.randrange(4, 90))
    write("orders", "raw_orders", [
        "order_id", "customer_id", "channel", "store_code", "country_code", "ordered_at", "time_zone", "currency_code", "status", "updated_at",
    ], with_duplicates(rng, headers, 20))
    write("orders", "raw_order_lines", ["order_id", "line_number", "sku", "quantity", "unit_price_cents", "discount_cents"], lines)
    write("orders", "raw_payments", [
        "payment_id", "order_id", "payment_method", "amount_cents", "currency_code", "status", "processed_at",
    ], with_duplicates(rng, payments, 25))
    write("orders", "raw_order_events", [
        "event_id", "order_id", "event_type", "occurred_at", "received_at", "payload",
    ], with_duplicates(rng, events, 60))
    write("orders", "raw_returns", ["return_id", "order_id", "line_number", "quantity", "reason", "returned_at"], returns)
    return placed


def marketing(rng, people, placed):
    campaigns, spend = [], []
    line = 0
    for number in range(1, 41):
        code = f"{number:03}-{rng.choice(['spring', 'été', 'höst', 'navidad'])}"
        channel = rng.choice(["search", "social", "email", "display"])
        start = FIRST_DAY + dt.timedelta(days=rng.randrange(DAYS - 70))
        end = start + dt.timedelta(days=rng.randrange(14, 70))
        currency = rng.choice(["EUR", "EUR", "GBP", "SEK", "USD"])
        campaigns.append([code, f'"{rng.choice(ADJECTIVES)}" campaign, no. {number}', channel, start, end if number % 8 else "", currency, cents(rng, 2000, 30000)])
        if channel == "email":
            continue
        for offset in range((end - start).days):
            for platform in ({"search": ["google", "bing"], "social": ["meta", "tiktok"], "display": ["criteo"]}[channel]):
                line += 1
                amount = rng.randrange(500, 30000) if rng.random() > 0.01 else -rng.randrange(100, 5000)
                spend.append([line, code, platform, start + dt.timedelta(days=offset), currency, amount, rng.randrange(100, 20000), rng.randrange(0, 400)])
    write("marketing", "raw_campaigns", [
        "campaign_code", "campaign_name", "channel", "starts_on", "ends_on", "currency_code", "budget_cents",
    ], campaigns)
    write("marketing", "raw_ad_spend", [
        "spend_id", "campaign_code", "platform", "spend_date", "currency_code", "amount_cents", "impressions", "clicks",
    ], spend)

    mails = []
    number = 0
    email_campaigns = [row for row in campaigns if row[2] == "email"]
    for _ in range(1500):
        row = rng.choice(email_campaigns)
        customer_id = rng.choice(people)[0]
        sent = dt.datetime.combine(row[3], dt.time(9)) + dt.timedelta(hours=rng.randrange(0, 200))
        for kind, chance in (("sent", 1.0), ("opened", 0.45), ("clicked", 0.4), ("unsubscribed", 0.03)):
            if rng.random() > chance:
                break
            number += 1
            mails.append([f"M{number:07}", row[0], customer_id, kind, sent, sent + dt.timedelta(seconds=rng.randrange(1, 100000))])
            sent += dt.timedelta(minutes=rng.randrange(1, 600))
    write("marketing", "raw_email_events", [
        "event_id", "campaign_code", "customer_id", "event_type", "occurred_at", "received_at",
    ], with_duplicates(rng, mails, 30))

    sessions = []
    online = [order for order in placed if order[2] != "store"]
    number = 0
    for order_id, customer_id, _, utc, _ in rng.sample(online, 1400):
        number += 1
        started = utc - dt.timedelta(minutes=rng.randrange(5, 12000))
        sessions.append([f"W{number:07}", customer_id, started, rng.choice(campaigns)[0] if rng.random() < 0.6 else "", rng.choice(["desktop", "mobile", "tablet", "Mobile"]), rng.randrange(1, 40)])
    for _ in range(1400):
        number += 1
        known = rng.choice(people)[0] if rng.random() < 0.3 else ""
        sessions.append([f"W{number:07}", known, instant(rng), rng.choice(campaigns)[0] if rng.random() < 0.4 else "", rng.choice(["desktop", "mobile", "tablet", ""]), rng.randrange(1, 12)])
    rng.shuffle(sessions)
    write("marketing", "raw_web_sessions", [
        "session_id", "customer_id", "started_at", "utm_campaign", "device", "page_views",
    ], with_duplicates(rng, sessions, 20))


def main():
    rng = random.Random(20250630)
    catalogue = product(rng)
    people = customer(rng)
    stores = store(rng, catalogue)
    placed = orders(rng, catalogue, people, stores)
    marketing(rng, people, placed)


if __name__ == "__main__":
    main()
