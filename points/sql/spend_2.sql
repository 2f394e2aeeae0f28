-- Take points out: a member's spend or a staff deduction. What is due lapses first, under the same
-- lock, so lapsed points are never spent. SQLSTATE LP409: the balance is too small; the detail
-- is the spendable balance.
--
-- One statement after the other, on purpose: a single statement would read the lots from a
-- snapshot taken before it waited for the lock.
CREATE FUNCTION points_spend(
    p_account_id bigint,
    p_type text,
    p_amount bigint,
    p_cause points_cause,
    p_now timestamptz
) RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    account points_pointaccount;
    expired points_posting;
    posting points_posting;
BEGIN
    account := points_lock_account(p_account_id);
    posting := points_find_posting(p_cause.source_type, p_cause.source_id, p_cause.rule);
    IF posting.transaction_id IS NOT NULL THEN
        RETURN NEXT posting;
        RETURN;
    END IF;
    LOOP
        expired := points_expire_account(p_account_id, p_now);
        EXIT WHEN expired.transaction_id IS NULL;
        RETURN NEXT expired;
        SELECT * INTO account FROM points_pointaccount WHERE id = p_account_id;
    END LOOP;
    IF account.balance < p_amount THEN
        RAISE EXCEPTION 'account % has % points, % are needed', p_account_id, account.balance,
            p_amount
        USING ERRCODE = 'LP409', DETAIL = account.balance;
    END IF;
    posting := points_append(account, p_type, -p_amount, 0, p_cause, NULL, NULL, p_now);
    PERFORM points_take_from_lots(p_account_id, posting.transaction_id, p_amount);
    RETURN NEXT posting;
END
$$;

-- Take a penalty: what is there, and the rest on record as the shortfall.
CREATE FUNCTION points_penalise(
    p_account_id bigint,
    p_amount bigint,
    p_cause points_cause,
    p_now timestamptz
) RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    account points_pointaccount;
    taken bigint;
    expired points_posting;
    posting points_posting;
BEGIN
    account := points_lock_account(p_account_id);
    posting := points_find_posting(p_cause.source_type, p_cause.source_id, p_cause.rule);
    IF posting.transaction_id IS NOT NULL THEN
        RETURN NEXT posting;
        RETURN;
    END IF;
    LOOP
        expired := points_expire_account(p_account_id, p_now);
        EXIT WHEN expired.transaction_id IS NULL;
        RETURN NEXT expired;
        SELECT * INTO account FROM points_pointaccount WHERE id = p_account_id;
    END LOOP;
    taken := least(account.balance, p_amount);
    posting := points_append(
        account, 'penalty', -taken, p_amount - taken, p_cause, NULL, NULL, p_now
    );
    PERFORM points_take_from_lots(p_account_id, posting.transaction_id, taken);
    RETURN NEXT posting;
END
$$;
