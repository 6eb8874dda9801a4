package engine

import "sync/atomic"

// Counts are what the engine has done since it was opened.
type Counts struct {
	Statements int64 // begun, of all sessions
	Failed     int64 // of these, before they gave a row
}

// counts are what all sessions add to.
type counts struct{ statements, failed atomic.Int64 }

// Counts may be asked at any time.
func (e *Engine) Counts() Counts {
	return Counts{Statements: e.counts.statements.Load(), Failed: e.counts.failed.Load()}
}

// ran counts a statement that Exec has done with.
func (c *counts) ran(err error) {
	c.statements.Add(1)
	if err != nil {
		c.failed.Add(1)
	}
}
