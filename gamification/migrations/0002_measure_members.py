"""Scores, what they are folded from, and the backlog that the logs fill."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from gamification.sql import SQL_FOLDER
from points.sql import load_sql


class Migration(migrations.Migration):

    dependencies = [
        ('gamification', '0001_initial'),
        ('points', '0005_remind_of_expiring_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Backlog',
            fields=[
                ('pk', models.CompositePrimaryKey('log', 'row_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('row_id', models.BigIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='points.pointaccount')),
                ('log', models.SmallIntegerField(choices=[(1, 'Activity'), (2, 'Transaction'), (3, "Change of a member's badges"), (4, 'Reading of a gauge')])),
            ],
            options={
                'verbose_name': 'row to be projected',
                'verbose_name_plural': 'rows to be projected',
            },
        ),
        migrations.CreateModel(
            name='GaugeReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='gamification.metric')),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('value', models.BigIntegerField()),
                ('reported_at', models.DateTimeField()),
            ],
            options={
                'permissions': [('report_stats', 'Can report the measures that the host computes')],
            },
        ),
        migrations.CreateModel(
            name='MeasuredMember',
            fields=[
                ('member_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='MetricRebuild',
            fields=[
                ('metric', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rebuild', serialize=False, to='gamification.metric')),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('after_account', models.BigIntegerField(db_default=0)),
            ],
            options={
                'verbose_name': 'rebuild',
            },
        ),
        migrations.CreateModel(
            name='MetricScore',
            fields=[
                ('pk', models.CompositePrimaryKey('metric', 'member', 'period_kind', 'period_start', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gamification.metric')),
                ('value', models.BigIntegerField()),
                ('reached_at', models.DateTimeField()),
                ('period_start', models.DateField()),
                ('period_kind', models.SmallIntegerField(choices=[(0, 'All time'), (1, 'Year'), (2, 'Month'), (3, 'Week')])),
            ],
            options={
                'verbose_name': 'score',
            },
        ),
        migrations.CreateModel(
            name='OutageDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('reason', models.CharField(help_text='What members are told if they ask.', max_length=255)),
            ],
        ),
        migrations.CreateModel(
            name='SeenValue',
            fields=[
                ('pk', models.CompositePrimaryKey('metric', 'member', 'period_kind', 'period_start', 'value_digest', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gamification.metric')),
                ('first_at', models.DateTimeField()),
                ('period_start', models.DateField()),
                ('period_kind', models.SmallIntegerField(choices=[(0, 'All time'), (1, 'Year'), (2, 'Month'), (3, 'Week')])),
                ('value_digest', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='StreakDay',
            fields=[
                ('pk', models.CompositePrimaryKey('metric', 'member', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gamification.metric')),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('day', models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name='metric',
            name='decimals',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Places after the point that count, for sums and gauges.', validators=[django.core.validators.MaxValueValidator(4)]),
        ),
        migrations.AddField(
            model_name='metric',
            name='is_active',
            field=models.BooleanField(db_default=True, default=True, help_text='An inactive metric is not measured, and its scores are dropped.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='metric',
            trigger=pgtrigger.compiler.Trigger(name='gamification_metric_rebuilds', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM gamification_request_rebuild(NEW.id); RETURN NULL;', hash='08252712b4d0cc466f9dce1f6b7311ccb6febab5', operation='INSERT OR UPDATE OF "kind", "log", "distinct_field", "sum_field", "streak_unit", "decimals", "is_active"', pgid='pgtrigger_gamification_metric_rebuilds_ddebb', table='gamification_metric', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='metricsource',
            trigger=pgtrigger.compiler.Trigger(name='gamification_source_rebuilds', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF TG_OP <> 'INSERT' THEN\n                        PERFORM gamification_request_rebuild(OLD.metric_id);\n                    END IF;\n                    IF TG_OP <> 'DELETE' THEN\n                        PERFORM gamification_request_rebuild(NEW.metric_id);\n                    END IF;\n                    RETURN NULL;\n                ", hash='120756b90347c6fe1c00784cece37e4f71974292', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_gamification_source_rebuilds_63ba0', table='gamification_metricsource', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='metric',
            constraint=models.CheckConstraint(condition=models.Q(('decimals', 0), models.Q(('decimals__lte', 4), ('kind__in', ['sum', 'gauge'])), _connector='OR'), name='gamification_metric_decimals_fit'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outageday',
            trigger=pgtrigger.compiler.Trigger(name='gamification_outage_rebuilds', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    PERFORM gamification_request_rebuild(id)\n                    FROM gamification_metric WHERE kind = 'streak' ORDER BY id;\n                    RETURN NULL;\n                ", hash='3a7c1a52955145ef63706ceb1a3cac30f70a06e4', operation='INSERT OR DELETE OR UPDATE OF "day"', pgid='pgtrigger_gamification_outage_rebuilds_85e85', table='gamification_outageday', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='gaugereading',
            index=models.Index(fields=['metric', 'member', 'reported_at', 'id'], name='gamification_reading_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gaugereading',
            trigger=pgtrigger.compiler.Trigger(name='gamification_reading_refuse_change', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='6ac3abf4733359d66db75ba1175390d1f2776d3d', operation='UPDATE OR DELETE', pgid='pgtrigger_gamification_reading_refuse_change_f56ee', table='gamification_gaugereading', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gaugereading',
            trigger=pgtrigger.compiler.Trigger(name='gamification_reading_refuse_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF left(current_database(), 5) <> 'test_' THEN RAISE EXCEPTION '% may not be truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;", hash='7a5e6cf74f6059a64b5e9490bd24a03bde44c7ad', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_gamification_reading_refuse_truncate_66a1a', table='gamification_gaugereading', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='metricscore',
            index=models.Index(models.F('metric'), models.F('period_kind'), models.F('period_start'), models.OrderBy(models.F('value'), descending=True), models.F('reached_at'), models.F('member'), name='gamification_score_board'),
        ),
        migrations.AddConstraint(
            model_name='metricscore',
            constraint=models.CheckConstraint(condition=models.Q(('period_kind__in', [0, 1, 2, 3])), name='gamification_score_period_known'),
        ),
        load_sql('request_rebuild', folder=SQL_FOLDER),
        load_sql('backlog', folder=SQL_FOLDER),
        # A queue's dead rows lie where the next claim looks.
        migrations.RunSQL(
            'ALTER TABLE gamification_backlog SET '
            '(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)',
            migrations.RunSQL.noop,
        ),
        # What the logs hold already is folded in the background.
        migrations.RunSQL(
            'SELECT gamification_request_rebuild(id) FROM gamification_metric ORDER BY id',
            migrations.RunSQL.noop,
        ),
    ]
