-- The members of a JSON object are rows of key and value.
-- from: postgres 15
SELECT key, value FROM jsonb_each_text('{"b": "x", "a": 1, "c": null}') WHERE key <> 'a';
-- rows:
-- key | value
-- b | x
-- c | NULL
