"""Badges are published, awarded and revoked."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from gamification.sql import SQL_FOLDER
from points.sql import load_sql

# Until now nobody held a badge.
NO_AWARDS = """
    CREATE OR REPLACE VIEW gamification_held_badge AS
    SELECT NULL::bigint AS member_id, NULL::bigint AS badge_id, NULL::timestamptz AS awarded_at
    WHERE false
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gamification", "0004_rank_members"),
        ("points", "0009_award_each"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BadgeAward",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("turn", models.PositiveSmallIntegerField(default=1)),
                (
                    "origin",
                    models.CharField(
                        choices=[("rule", "The rule"), ("staff", "Staff")], max_length=8
                    ),
                ),
                ("points", models.IntegerField()),
                ("earned_at", models.DateTimeField(help_text="When the criterion was met.")),
                ("awarded_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "revoke_reason",
                    models.CharField(blank=True, max_length=255, verbose_name="why it was revoked"),
                ),
            ],
            options={
                "verbose_name": "awarded badge",
                "permissions": [("award_badge", "Can award and revoke badges")],
            },
        ),
        migrations.CreateModel(
            name="BadgeBackfill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("waiting_count", models.BigIntegerField(default=0)),
                ("awarded_count", models.BigIntegerField(default=0)),
                ("points_granted", models.BigIntegerField(default=0)),
                ("after_member", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_because", models.CharField(blank=True, max_length=255)),
            ],
            options={
                "verbose_name": "publishing",
            },
        ),
        migrations.AlterModelOptions(
            name="badge",
            options={"permissions": [("publish_badge", "Can publish badges")]},
        ),
        migrations.AddField(
            model_name="badge",
            name="milestone_many",
            field=models.CharField(
                blank=True,
                help_text="{count} is how many are missing, e.g. Make {count} more connections.",
                max_length=255,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\{count\\}", "Say {count} where the number belongs."
                    )
                ],
                verbose_name="next milestone, several to go",
            ),
        ),
        migrations.AddField(
            model_name="badge",
            name="milestone_one",
            field=models.CharField(
                blank=True,
                help_text="What a member reads who is one step away. Blank says it in general words.",
                max_length=255,
                verbose_name="next milestone, one to go",
            ),
        ),
        migrations.AddField(
            model_name="badge",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft, not shown to members"),
                    ("changed", "Changed, awarded again once it is published"),
                    ("published", "Published"),
                ],
                db_default="draft",
                default="draft",
                editable=False,
                max_length=16,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badge",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_badge_unpublished",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state = 'published' AND (\n                        (NEW.metric_id, NEW.threshold) <> (OLD.metric_id, OLD.threshold)\n                        OR NEW.is_active AND NOT OLD.is_active\n                    ) THEN\n                        NEW.state := 'changed';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="41163a35c07e7073a04fb9f17824f1d75554caab",
                    operation='UPDATE OF "metric_id", "threshold", "is_active"',
                    pgid="pgtrigger_gamification_badge_unpublished_d72d0",
                    table="gamification_badge",
                    when="BEFORE",
                ),
            ),
        ),
        load_sql("unpublishing", folder=SQL_FOLDER),
        pgtrigger.migrations.AddTrigger(
            model_name="metric",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_metric_unpublishes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM gamification_unpublish_badges(NEW.id); RETURN NULL;",
                    hash="407cf6a4503a731e64f49c971eceebde97caa710",
                    operation='UPDATE OF "kind", "log", "distinct_field", "sum_field", "streak_unit", "decimals"',
                    pgid="pgtrigger_gamification_metric_unpublishes_62d30",
                    table="gamification_metric",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="metricsource",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_source_unpublishes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF TG_OP <> 'INSERT' THEN\n                        PERFORM gamification_unpublish_badges(OLD.metric_id);\n                    END IF;\n                    IF TG_OP <> 'DELETE' THEN\n                        PERFORM gamification_unpublish_badges(NEW.metric_id);\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="0432f234cb7e3f21d9e3487175c72dc4b7ac69c6",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_gamification_source_unpublishes_0a873",
                    table="gamification_metricsource",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="badge",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "changed", "published"])),
                name="gamification_badge_state_known",
            ),
        ),
        migrations.AddField(
            model_name="badgeaward",
            name="awarded_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="badgeaward",
            name="badge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to="gamification.badge",
            ),
        ),
        migrations.AddField(
            model_name="badgeaward",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="badge_awards",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="badgeaward",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="badgebackfill",
            name="badge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="backfills",
                to="gamification.badge",
            ),
        ),
        migrations.AddField(
            model_name="badgebackfill",
            name="requested_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="badgeaward",
            index=models.Index(
                condition=models.Q(("origin", "staff")),
                fields=["-awarded_at"],
                name="gamification_award_by_staff",
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.UniqueConstraint(
                fields=("member", "badge", "turn"), name="gamification_award_turn_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("member", "badge"),
                name="gamification_award_stands_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("awarded_by", None), ("origin", "rule"), ("reason", ""), ("turn", 1)),
                    models.Q(
                        ("awarded_by__isnull", False),
                        ("origin", "staff"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="gamification_award_by_rule_first_or_by_staff",
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("turn__gte", 1),
                    models.Q(
                        ("points", 0),
                        models.Q(("points__gt", 0), ("points__lte", 1000000000), ("turn", 1)),
                        _connector="OR",
                    ),
                ),
                name="gamification_award_points_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoke_reason", ""), ("revoked_at", None), ("revoked_by", None)),
                    models.Q(
                        ("revoked_at__isnull", False),
                        ("revoked_by__isnull", False),
                        models.Q(("revoke_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="gamification_award_revoked_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="badgeaward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("awarded_by", None),
                        models.Q(("awarded_by", models.F("member")), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("revoked_by", None),
                        models.Q(("revoked_by", models.F("member")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="gamification_award_not_by_oneself",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badgeaward",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_award_refuse_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF left(current_database(), 5) <> 'test_' THEN RAISE EXCEPTION '% may not be truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;",
                    hash="d412714481c869a57ba3a40840d23f4bd57d6fdf",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_gamification_award_refuse_truncate_1ce45",
                    table="gamification_badgeaward",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badgeaward",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_award_refuse_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="553263f13711ba814411bfcc44eae712885ba6e0",
                    operation="DELETE",
                    pgid="pgtrigger_gamification_award_refuse_delete_fe0e7",
                    table="gamification_badgeaward",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badgeaward",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_award_paid",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF EXISTS (\n        SELECT 1 FROM written\n        WHERE written.points > 0 AND written.points IS DISTINCT FROM (\n            SELECT entry.amount FROM points_pointtransaction entry\n            JOIN points_pointaccount account ON account.id = entry.account_id\n            WHERE entry.source_type = 'badge' AND entry.rule = 'EARN_BADGE'\n              AND entry.source_id = 'site:badge:' || written.member_id || ':' || written.badge_id\n              AND account.member_id = written.member_id\n        )\n    ) THEN\n        RAISE EXCEPTION 'a badge was awarded without its points'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'gamification_award_paid';\n    END IF;\n    RETURN NULL;\n",
                    hash="f0dc2059071af7811ded709dd35a26aa90b29a44",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_gamification_award_paid_77e68",
                    referencing="REFERENCING NEW TABLE AS written ",
                    table="gamification_badgeaward",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badgeaward",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_award_noted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM gamification_note_badges(array_agg(member_id)) FROM written; RETURN NULL;",
                    hash="7b54e3f64138fe4cc19b493b2024a163844070fb",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_gamification_award_noted_22cbf",
                    referencing="REFERENCING NEW TABLE AS written ",
                    table="gamification_badgeaward",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="badgeaward",
            trigger=pgtrigger.compiler.Trigger(
                name="gamification_award_only_revoked",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL\n                       OR (NEW.id, NEW.member_id, NEW.badge_id, NEW.turn, NEW.origin, NEW.points,\n                           NEW.earned_at, NEW.awarded_at, NEW.awarded_by_id, NEW.reason)\n                       IS DISTINCT FROM\n                          (OLD.id, OLD.member_id, OLD.badge_id, OLD.turn, OLD.origin, OLD.points,\n                           OLD.earned_at, OLD.awarded_at, OLD.awarded_by_id, OLD.reason)\n                    THEN\n                        RAISE EXCEPTION 'award % changes only once, when it is revoked', OLD.id\n                        USING ERRCODE = 'check_violation',\n                              CONSTRAINT = 'gamification_award_only_revoked';\n                    END IF;\n                    PERFORM gamification_note_badges(ARRAY[NEW.member_id]);\n                    RETURN NEW;\n                ",
                    hash="60802cf57fe092509215ae18ae3894e0f0bbb0b2",
                    operation="UPDATE",
                    pgid="pgtrigger_gamification_award_only_revoked_1c25f",
                    table="gamification_badgeaward",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="badgebackfill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("badge",),
                name="gamification_backfill_one_at_a_time",
            ),
        ),
        load_sql("earning", folder=SQL_FOLDER),
        migrations.RunSQL(
            (SQL_FOLDER / "holding.sql").read_text(encoding="utf-8"), reverse_sql=NO_AWARDS
        ),
        # What staff have not seen the price of, they publish.
        migrations.RunSQL(
            "UPDATE gamification_badge SET state = 'changed'", migrations.RunSQL.noop
        ),
    ]
