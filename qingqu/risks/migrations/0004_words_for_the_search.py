"""The full-text index of the ledger, kept by the database itself; what risk points there are is entered into it."""

from itertools import islice

from django.db import migrations

from qingqu.risks import words

FTS5 = [
    """CREATE VIRTUAL TABLE risks_found USING fts5(
        tokens, content='risks_riskwords', content_rowid='key', tokenize='ascii', prefix='5', columnsize=0)""",
    """CREATE TRIGGER risks_words_in AFTER INSERT ON risks_riskwords BEGIN
        INSERT INTO risks_found(rowid, tokens) VALUES (new.key, new.tokens); END""",
    """CREATE TRIGGER risks_words_out AFTER DELETE ON risks_riskwords BEGIN
        INSERT INTO risks_found(risks_found, rowid, tokens) VALUES ('delete', old.key, old.tokens); END""",
    """CREATE TRIGGER risks_words_anew AFTER UPDATE ON risks_riskwords
       WHEN old.key <> new.key OR old.tokens <> new.tokens BEGIN
        INSERT INTO risks_found(risks_found, rowid, tokens) VALUES ('delete', old.key, old.tokens);
        INSERT INTO risks_found(rowid, tokens) VALUES (new.key, new.tokens); END""",
]
TSVECTOR = [
    "ALTER TABLE risks_riskwords ADD found tsvector GENERATED ALWAYS AS (to_tsvector('simple', tokens)) STORED",
    # What is counted is looked at in the row itself; the tokens are only kept.
    "ALTER TABLE risks_riskwords ALTER found SET STORAGE MAIN, ALTER tokens SET STORAGE EXTERNAL",
    "CREATE INDEX risks_found ON risks_riskwords USING gin (found)",
]
DUE = """
UPDATE risks_riskpoint SET
    next_due_on = (SELECT MIN(m.next_due_on) FROM risks_controlmeasure m
                   WHERE m.risk_id = risks_riskpoint.id AND m.stopped_at IS NULL),
    last_done_on = (SELECT MAX(r.done_on) FROM risks_measurerun r JOIN risks_controlmeasure m ON m.id = r.measure_id
                    WHERE m.risk_id = risks_riskpoint.id AND r.undone_at IS NULL)
"""


def index(apps, schema_editor):
    """The index itself."""
    for statement in TSVECTOR if schema_editor.connection.vendor == "postgresql" else FTS5:
        schema_editor.execute(statement)


def fill(apps, schema_editor):
    """Due days and words of the risk points that there are; the clock turns late what is late."""
    schema_editor.execute(DUE)
    risks, entries = apps.get_model("risks", "RiskPoint"), apps.get_model("risks", "RiskWords")
    rows = risks.objects.order_by("rank", "id").iterator(chunk_size=1000)
    while some := list(islice(rows, 1000)):
        entries.objects.bulk_create(
            entries(risk_id=risk.pk, key=words.key_of(risk.rank, risk.pk), tokens=words.tokens(risk)) for risk in some
        )


def drop(apps, schema_editor):
    """The index away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE risks_riskwords DROP found")
        return
    for name in ("in", "out", "anew"):
        schema_editor.execute(f"DROP TRIGGER risks_words_{name}")
    schema_editor.execute("DROP TABLE risks_found")


class Migration(migrations.Migration):
    dependencies = [("risks", "0003_lists_read_along_an_index")]
    operations = [
        migrations.RunPython(index, drop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
