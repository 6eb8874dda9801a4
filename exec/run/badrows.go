package run

import (
	"log/slog"

	"millrace/sources"
	"millrace/sqlerr"
)

// badRecords decides what becomes of a record that could not be decoded: on_error of its table.
type badRecords struct {
	skip  bool
	table string
	log   *slog.Logger
	told  int
}

// badTold is how many skipped records are logged one by one.
const badTold = 10

func newBadRecords(s *sources.Scan, log *slog.Logger) *badRecords {
	return &badRecords{skip: s.Table.Option("on_error", "fail") == "skip", table: s.Table.Name.String(), log: log}
}

// take counts a record, or stops the job with the record's place.
func (b *badRecords) take(r *sources.BadRecord, c *counters) error {
	if !b.skip {
		return sqlerr.New(sqlerr.InvalidText, 0, "%v", r).Because(r).
			WithHint("Set on_error = 'skip' on table %q to count such records and go on.", b.table)
	}
	c.bad.Add(1)
	if b.told++; b.told <= badTold {
		b.log.Warn("bad record skipped", "table", b.table, "record", r.Where, "reason", r.Err)
	}
	return nil
}
