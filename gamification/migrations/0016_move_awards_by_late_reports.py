"""A report that comes late moves the instant at which a badge was earned, and its points with it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql

FOLD = "gamification_fold(bigint[], bigint[], bigint[], text)"
BY_INDEXES = "SET enable_seqscan = off SET jit = off"


class Migration(migrations.Migration):
    dependencies = [("gamification", "0015_look_row_by_row_whatever_is_known")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='badgeaward',
            name='gamification_award_only_revoked',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='badgeaward',
            trigger=pgtrigger.compiler.Trigger(name='gamification_award_only_revoked', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF (NEW.id, NEW.member_id, NEW.badge_id, NEW.turn, NEW.origin, NEW.points,\n                        NEW.awarded_at, NEW.awarded_by_id, NEW.reason)\n                       IS DISTINCT FROM\n                       (OLD.id, OLD.member_id, OLD.badge_id, OLD.turn, OLD.origin, OLD.points,\n                        OLD.awarded_at, OLD.awarded_by_id, OLD.reason)\n                       OR (CASE WHEN NEW.earned_at = OLD.earned_at\n                           THEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL\n                           ELSE NEW.earned_at > OLD.earned_at OR OLD.origin <> 'rule'\n                               OR (NEW.revoked_at, NEW.revoked_by_id, NEW.revoke_reason)\n                               IS DISTINCT FROM\n                               (OLD.revoked_at, OLD.revoked_by_id, OLD.revoke_reason)\n                       END)\n                    THEN\n                        RAISE EXCEPTION 'award % is revoked once or found to be of earlier', OLD.id\n                        USING ERRCODE = 'check_violation',\n                              CONSTRAINT = 'gamification_award_only_revoked';\n                    END IF;\n                    PERFORM gamification_note_badges(ARRAY[NEW.member_id]);\n                    RETURN NEW;\n                ", hash='5b8bcbf0f62d9173b3dd49c86271e9ba3fd18203', operation='UPDATE', pgid='pgtrigger_gamification_award_only_revoked_1c25f', table='gamification_badgeaward', when='BEFORE')),
        ),
        # What follows is undone before this: the former function keeps to indexes again.
        migrations.RunSQL(migrations.RunSQL.noop, f"ALTER FUNCTION {FOLD} {BY_INDEXES}"),
        unload_sql(
            "projecting_3", "gamification_forget", "gamification_rebuild", folder=SQL_FOLDER
        ),
        unload_sql(
            "earning",
            "gamification_streak_runs",
            "gamification_needed",
            "gamification_lock_earners",
            "gamification_find_earners",
            folder=SQL_FOLDER,
        ),
        unload_sql(
            "matching_2",
            "gamification_readings_of",
            "gamification_match_activities",
            folder=SQL_FOLDER,
        ),
        unload_sql(
            "folding_2",
            "gamification_score_distinct",
            "gamification_score_streaks",
            "gamification_fold_badges",
            folder=SQL_FOLDER,
        ),
        load_sql("matching_3", folder=SQL_FOLDER),
        load_sql("folding_3", folder=SQL_FOLDER),
        load_sql("earning_5", folder=SQL_FOLDER),
        load_sql("projecting_4", folder=SQL_FOLDER),
        # Undone first of all: what badges brought counts by the ledger's instants again.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "SELECT gamification_request_rebuild(id) FROM gamification_metric"
            " WHERE log = 'earnings'",
        ),
    ]
