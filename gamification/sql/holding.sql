-- The badges that members hold. They count from when they were earned, so that old history which is
-- awarded today does not fill today's boards.
CREATE OR REPLACE VIEW gamification_held_badge AS
SELECT award.member_id, award.badge_id, award.earned_at AS awarded_at
FROM gamification_badgeaward award
WHERE award.revoked_at IS NULL;
