"""Refuse a level that takes more points than a higher one."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ('points', '0006_grants_by_hand'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='levelconfig',
            trigger=pgtrigger.compiler.Trigger(name='points_level_rises_with_tier', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', declare='DECLARE other points_levelconfig;', func="\n                    PERFORM pg_advisory_xact_lock(hashtextextended('points_levelconfig', 0));\n                    SELECT another.* INTO other\n                    FROM points_levelconfig another JOIN points_levelconfig this\n                    ON this.id = NEW.id AND another.id <> this.id\n                    AND (another.tier < this.tier) <> (another.min_points < this.min_points)\n                    LIMIT 1;\n                    IF FOUND THEN\n                        RAISE EXCEPTION 'level % contradicts level %', NEW.name, other.name\n                        USING ERRCODE = 'check_violation',\n                              CONSTRAINT = 'points_level_rises_with_tier';\n                    END IF;\n                    RETURN NULL;\n                ", hash='9d867138d41156708e9894951646f2293de696ca', operation='INSERT OR UPDATE OF "tier", "min_points"', pgid='pgtrigger_points_level_rises_with_tier_118e5', table='points_levelconfig', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
