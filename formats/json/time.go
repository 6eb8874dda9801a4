package json

import (
	"math"

	"millrace/types"
)

// isoDate reads YYYY-MM-DD at the start of s, or a sign and six digits of the year, and returns the days since 1970
// and the rest.
func isoDate(s []byte) (day int64, rest []byte, ok bool) {
	width, sign := 4, int64(1)
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s, width = s[1:], 6
	}
	if len(s) < width+6 || s[width] != '-' || s[width+3] != '-' {
		return 0, nil, false
	}
	year := int64(0)
	for _, c := range s[:width] {
		if c-'0' > 9 {
			return 0, nil, false
		}
		year = year*10 + int64(c-'0')
	}
	year *= sign
	month, okMonth := two(s[width+1:])
	dom, okDay := two(s[width+4:])
	if !okMonth || !okDay || month < 1 || month > 12 || dom < 1 || dom > types.MonthDays(year, month) {
		return 0, nil, false
	}
	return types.Days(year, month, dom), s[width+6:], true
}

// isoTime reads HH:MM[:SS[.fraction]] at the start of s and returns the microseconds since midnight, digits below
// them cut off, and the rest. 24:00 is no time.
func isoTime(s []byte) (micros int64, rest []byte, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return 0, nil, false
	}
	h, okHour := two(s)
	m, okMinute := two(s[3:])
	if !okHour || !okMinute || h > 23 || m > 59 {
		return 0, nil, false
	}
	micros = int64(h)*types.MicrosPerHour + int64(m)*types.MicrosPerMinute
	s = s[5:]
	if len(s) == 0 || s[0] != ':' {
		return micros, s, true
	}
	if len(s) < 3 {
		return 0, nil, false
	}
	sec, okSecond := two(s[1:])
	if !okSecond || sec > 59 {
		return 0, nil, false
	}
	micros += int64(sec) * types.MicrosPerSecond
	s = s[3:]
	if len(s) == 0 || s[0] != '.' && s[0] != ',' {
		return micros, s, true
	}
	end := digits(s, 1)
	if end == 1 || end > 10 {
		return 0, nil, false
	}
	unit := int64(types.MicrosPerSecond)
	for _, c := range s[1:min(end, 7)] {
		unit /= 10
		micros += int64(c-'0') * unit
	}
	return micros, s[end:], true
}

// isoZone reads Z, ±HH, ±HHMM or ±HH:MM, or nothing, which must be all of s, and returns the offset from UTC in
// microseconds.
func isoZone(s []byte) (offset int64, ok bool) {
	if len(s) == 0 || len(s) == 1 && s[0]|0x20 == 'z' {
		return 0, true
	}
	if s[0] == ' ' {
		s = s[1:]
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, ok := two(s[1:])
	m := 0
	if rest := s[3:]; len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if len(rest) != 2 {
			return 0, false
		}
		var okMinute bool
		m, okMinute = two(rest)
		ok = ok && okMinute
	}
	if !ok || h > 15 || m > 59 {
		return 0, false
	}
	offset = int64(h)*types.MicrosPerHour + int64(m)*types.MicrosPerMinute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// isoTimestamp reads a date and a time with T or a space between, and an optional zone, and returns the microseconds
// since 1970, UTC.
func isoTimestamp(s []byte) (int64, bool) {
	day, s, ok := isoDate(s)
	if !ok || day < daysMin || day > daysMax {
		return 0, false
	}
	if len(s) == 0 {
		return day * types.MicrosPerDay, true
	}
	if s[0]|0x20 != 't' && s[0] != ' ' {
		return 0, false
	}
	ofDay, s, ok := isoTime(s[1:])
	if !ok {
		return 0, false
	}
	offset, ok := isoZone(s)
	return day*types.MicrosPerDay + ofDay - offset, ok
}

// Days that a timestamp may be on: what fits in microseconds, a day less at each end for the time of day and the zone.
const (
	daysMax = 1<<63/types.MicrosPerDay - 2
	daysMin = -daysMax
)

// two reads two digits.
func two(s []byte) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// quick tells which numbers are microseconds times a factor, whatever the option; factor 0: none.
func (ts timestamps) quick() (low, high, factor int64) {
	switch ts {
	case auto:
		return 1e11, 1e14 - 1, 1e3
	case seconds:
		return math.MinInt64 / 1_000_000, math.MaxInt64 / 1_000_000, 1e6
	case millis:
		return math.MinInt64 / 1000, math.MaxInt64 / 1000, 1e3
	case micros:
		return math.MinInt64, math.MaxInt64, 1
	}
	return 0, 0, 0
}
