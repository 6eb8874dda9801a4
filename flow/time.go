package flow

import (
	"math"
	"time"
)

// Time is event time in microseconds since the Unix epoch, UTC.
type Time int64

const (
	MinTime Time = math.MinInt64 // no watermark yet
	MaxTime Time = math.MaxInt64 // the watermark of an input that has ended
)

// Duration converts a length of time to event time's unit.
func Duration(d time.Duration) Time { return Time(d.Microseconds()) }

func (t Time) String() string {
	switch t {
	case MinTime:
		return "none"
	case MaxTime:
		return "end"
	}
	return time.UnixMicro(int64(t)).UTC().Format("2006-01-02 15:04:05.999999")
}
