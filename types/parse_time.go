package types

import (
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
)

// ParseDate reads a date, in days since 1970-01-01: 2026-01-31, 20260131, 2026/1/31, 44-03-15 BC. A time behind it is
// read and dropped.
func ParseDate(s string) (int32, error) {
	p := timeParser{rest: trim(s)}
	if strings.EqualFold(p.rest, "epoch") {
		return 0, nil
	}
	p.date()
	p.timeOfDay()
	p.era()
	return int32(p.days()), p.err(Of(Date), s)
}

// ParseTime reads a time of day, in microseconds since midnight: 04:05, 04:05:06.789, 040506, 4:05 pm. A date before
// it and a zone behind it are read and dropped.
func ParseTime(s string) (int64, error) {
	p := timeParser{rest: trim(s)}
	if i := strings.IndexAny(p.rest, "-/"); i > 0 && i < strings.IndexByte(p.rest+":", ':') {
		p.date()
	}
	p.optional = false
	p.timeOfDay()
	return p.micros, p.err(Of(Time), s)
}

// ParseTimestamp reads a point in time without a zone, in microseconds since the epoch: a date, then a space or T and
// a time of day. A zone is read and dropped, as PostgreSQL does. A seventh digit of the second is rounded.
func ParseTimestamp(s string) (int64, error) { return parseTimestamp(s, Of(Timestamp)) }

// ParseTimestampTZ is ParseTimestamp where the zone counts: Z, UTC, +02, -0230, +05:30 or a name as Europe/Berlin.
// Without one the time is UTC.
func ParseTimestampTZ(s string) (int64, error) { return parseTimestamp(s, Of(TimestampTZ)) }

func parseTimestamp(s string, t Type) (int64, error) {
	p := timeParser{rest: trim(s)}
	if strings.EqualFold(p.rest, "epoch") {
		return 0, nil
	}
	p.date()
	p.timeOfDay()
	p.era()
	days := p.days()
	if days < minDay || days > maxDay {
		p.beyond = true
	}
	if err := p.err(t, s); err != nil {
		return 0, err
	}
	micros := days*MicrosPerDay + p.micros
	if t.Kind == TimestampTZ {
		if p.zone != nil {
			return FromLocal(micros, p.zone), nil
		}
		micros -= p.offset * MicrosPerSecond
	}
	return micros, nil
}

// timeParser reads the parts of a date and time one after another. bad says that the text is none, beyond that it is
// one that there is not.
type timeParser struct {
	rest       string
	bad        bool
	beyond     bool
	optional   bool // a time of day need not follow
	year       int64
	month, day int
	bc         bool
	micros     int64
	offset     int64          // of the zone, seconds east
	zone       *time.Location // a zone with a name
}

func (p *timeParser) err(t Type, s string) error {
	switch {
	case p.bad || p.rest != "":
		return badText(t, s)
	case p.beyond:
		return outOfRange(t, s)
	}
	return nil
}

// number reads digits, from least to most of them.
func (p *timeParser) number(least, most int) int64 {
	n, i := int64(0), 0
	for i < len(p.rest) && i < most && p.rest[i] >= '0' && p.rest[i] <= '9' {
		n = n*10 + int64(p.rest[i]-'0')
		i++
	}
	if i < least {
		p.bad = true
	}
	p.rest = p.rest[i:]
	return n
}

// digits is how many of them come next.
func (p *timeParser) digits() int {
	i := 0
	for i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	return i
}

// skip takes one byte off where it is c.
func (p *timeParser) skip(c byte) bool {
	if p.rest != "" && p.rest[0] == c {
		p.rest = p.rest[1:]
		return true
	}
	return false
}

func (p *timeParser) spaces() { p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r") }

func (p *timeParser) date() {
	if p.namedDate() {
		p.check()
		return
	}
	if p.digits() == 8 {
		p.year, p.month, p.day = p.number(4, 4), int(p.number(2, 2)), int(p.number(2, 2))
	} else {
		if p.digits() < 3 { // 1/2/2026 and 26-01-02 are read in one order here and in another there
			p.bad = true
		}
		p.year = p.number(3, 6)
		sep := byte('-')
		if p.rest != "" && (p.rest[0] == '/' || p.rest[0] == '.') {
			sep = p.rest[0]
		}
		p.bad = !p.skip(sep) || p.bad
		p.month = int(p.number(1, 2))
		p.bad = !p.skip(sep) || p.bad
		p.day = int(p.number(1, 2))
	}
	p.check()
}

// check sees to it that the date that was read may exist.
func (p *timeParser) check() {
	p.optional = true
	if p.bad {
		return
	}
	if p.year == 0 || p.month < 1 || p.month > 12 || p.day < 1 {
		p.beyond = true
		p.month, p.day = 1, 1
	}
}

// days is the date as days since the epoch, once the era is known.
func (p *timeParser) days() int64 {
	if p.bad {
		return 0
	}
	year := p.year
	if p.bc {
		year = 1 - year
	}
	if p.day > MonthDays(year, p.month) {
		p.beyond = true
		return 0
	}
	return Days(year, p.month, p.day)
}

func (p *timeParser) era() {
	p.spaces()
	if len(p.rest) == 2 {
		switch strings.ToUpper(p.rest) {
		case "BC":
			p.bc, p.rest = true, ""
		case "AD":
			p.rest = ""
		}
	}
}

// timeOfDay reads hours and what follows, the zone included.
func (p *timeParser) timeOfDay() {
	if p.bad {
		return
	}
	if p.optional {
		if p.rest == "" {
			return
		}
		if !p.skip('T') && !p.skip('t') {
			if p.rest[0] != ' ' && p.rest[0] != '\t' {
				p.bad = true
				return
			}
		}
	}
	p.spaces()
	if p.optional && p.digits() == 0 {
		p.zoneOrEra()
		return
	}
	var hour, minute, second, fraction int64
	switch n := p.digits(); {
	case n == 6 || n == 4: // 040506, 0405
		hour, minute = p.number(2, 2), p.number(2, 2)
		if n == 6 {
			second = p.number(2, 2)
			fraction = p.fraction()
		}
	default:
		hour = p.number(1, 2)
		if p.bad = !p.skip(':') || p.bad; p.bad {
			return
		}
		minute = p.number(1, 2)
		if p.skip(':') {
			second = p.number(1, 2)
			fraction = p.fraction()
		}
	}
	p.spaces()
	if len(p.rest) >= 2 {
		half := strings.ToUpper(p.rest[:2])
		if half == "AM" || half == "PM" {
			p.rest = p.rest[2:]
			if hour > 12 || hour == 0 {
				p.beyond = true
			}
			if hour == 12 {
				hour = 0
			}
			if half == "PM" {
				hour += 12
			}
		}
	}
	if hour > 24 || minute > 59 || second > 60 || hour == 24 && (minute > 0 || second > 0 || fraction > 0) {
		p.beyond = true
	}
	p.micros = hour*MicrosPerHour + minute*MicrosPerMinute + second*MicrosPerSecond + fraction
	p.zoneOrEra()
}

// fraction reads .ddd as microseconds.
func (p *timeParser) fraction() int64 {
	if !p.skip('.') {
		return 0
	}
	n, unit := int64(0), int64(MicrosPerSecond/10)
	for i := 0; p.digits() > 0; i++ {
		d := int64(p.rest[0] - '0')
		p.rest = p.rest[1:]
		if i < 6 {
			n += d * unit
			unit /= 10
		} else if i == 6 && d >= 5 {
			n++
		}
	}
	return n
}

// zoneOrEra reads a zone, and leaves BC and AD to era.
func (p *timeParser) zoneOrEra() {
	p.spaces()
	if p.rest == "" || p.bad {
		return
	}
	word := p.rest
	if i := strings.IndexByte(word, ' '); i > 0 {
		word = word[:i]
	}
	switch upper := strings.ToUpper(word); {
	case upper == "BC" || upper == "AD":
		return
	case upper == "Z" || upper == "UTC" || upper == "GMT":
		p.rest = p.rest[len(word):]
	case word[0] == '+' || word[0] == '-':
		p.rest = p.rest[1:]
		p.offset = p.zoneOffset(word[0] == '-')
	default:
		zone, err := LoadZone(word)
		if err != nil {
			p.bad = true
			return
		}
		p.zone, p.rest = zone, p.rest[len(word):]
	}
}

// zoneOffset reads hh, hhmm, hh:mm or hh:mm:ss as seconds.
func (p *timeParser) zoneOffset(west bool) int64 {
	var h, m, s int64
	if p.digits() == 4 {
		h, m = p.number(2, 2), p.number(2, 2)
	} else {
		h = p.number(1, 2)
		if p.skip(':') {
			m = p.number(2, 2)
			if p.skip(':') {
				s = p.number(2, 2)
			}
		}
	}
	if h > 15 || m > 59 || s > 59 {
		p.beyond = true
	}
	total := h*3600 + m*60 + s
	if west {
		return -total
	}
	return total
}

// intervalUnit is a unit of an interval's text; one of the three says how much it is.
type intervalUnit struct {
	names  string // between spaces
	months float64
	days   float64
	nanos  float64
}

var intervalUnits = [...]intervalUnit{
	{" y yr yrs year years ", 12, 0, 0},
	{" mon mons month months ", 1, 0, 0},
	{" w week weeks ", 0, 7, 0},
	{" d day days ", 0, 1, 0},
	{" h hr hrs hour hours ", 0, 0, 3600e9},
	{" m min mins minute minutes ", 0, 0, 60e9},
	{" s sec secs second seconds ", 0, 0, 1e9},
	{" ms msec msecs millisecond milliseconds ", 0, 0, 1e6},
	{" us usec usecs microsecond microseconds ", 0, 0, 1e3},
	{" ns nanosecond nanoseconds ", 0, 0, 1},
	{" dec decade decades decs ", 120, 0, 0},
	{" c cent century centuries ", 1200, 0, 0},
	{" mil millennium millennia mils ", 12000, 0, 0},
}

// ParseInterval reads an interval as PostgreSQL writes it (1 year 2 mons -3 days 04:05:06.7), in words (2 hours 5 min
// ago), in SQL's form (1-2 is a year and two months) or in ISO 8601's (P1Y2M3DT4H5M6.7S). A part of a month is of 30
// days, a part of a day of 24 hours. Fractions are kept to the nanosecond.
func ParseInterval(s string) (arrow.MonthDayNanoInterval, error) {
	var sum intervalSum
	w := strings.ToLower(trim(s))
	ok := false
	if strings.HasPrefix(w, "p") && len(w) > 1 {
		ok = sum.iso(w[1:])
	} else {
		ok = sum.words(w)
	}
	if !ok {
		return arrow.MonthDayNanoInterval{}, badText(Of(Interval), s)
	}
	v, ok := sum.value()
	if !ok {
		return arrow.MonthDayNanoInterval{}, sqlerr.New(sqlerr.DatetimeOverflow, 0, "interval field value out of range: %q", s)
	}
	return v, nil
}

// intervalSum adds up parts; whole numbers are exact, fractions go down to the next smaller field.
type intervalSum struct {
	months, days, nanos float64
	exact               int64 // whole nanoseconds, to be added to nanos
	beyond              bool  // they were too many
}

func (v *intervalSum) addExact(nanos int64) {
	sum := v.exact + nanos
	v.beyond = v.beyond || (v.exact^sum)&(nanos^sum) < 0
	v.exact = sum
}

func (v *intervalSum) add(n float64, u intervalUnit) {
	if u.months != 0 {
		total := n * u.months
		if u.months > 1 { // a part of a year is a number of months
			total = math.Round(total)
		}
		whole := math.Trunc(total)
		v.months += whole
		v.add((total-whole)*30, intervalUnit{days: 1})
		return
	}
	if u.days != 0 {
		total := n * u.days
		whole := math.Trunc(total)
		v.days += whole
		v.nanos += math.Round((total-whole)*86400e6) * 1e3
		return
	}
	whole := math.Trunc(n)
	if math.Abs(whole*u.nanos) < math.MaxInt64 {
		v.addExact(int64(whole) * int64(u.nanos))
	} else {
		v.beyond = true
	}
	v.nanos += math.Round((n - whole) * u.nanos)
}

func (v *intervalSum) value() (arrow.MonthDayNanoInterval, bool) {
	if math.Abs(v.nanos) < math.MaxInt64 {
		v.addExact(int64(v.nanos))
	} else {
		v.beyond = true
	}
	if v.beyond || math.Abs(v.months) > math.MaxInt32 || v.days > math.MaxInt32 || v.days < math.MinInt32 {
		return arrow.MonthDayNanoInterval{}, false
	}
	return arrow.MonthDayNanoInterval{Months: int32(v.months), Days: int32(v.days), Nanoseconds: v.exact}, true
}

// iso reads what follows the P.
func (v *intervalSum) iso(s string) bool {
	inTime, any := false, false
	for s != "" {
		if s[0] == 't' {
			if inTime {
				return false
			}
			inTime, s = true, s[1:]
			continue
		}
		n, rest, ok := cutNumber(s)
		if !ok || rest == "" {
			return false
		}
		unit, known := "", true
		switch c := rest[0]; {
		case c == 'y' && !inTime:
			unit = "year"
		case c == 'm' && !inTime:
			unit = "mon"
		case c == 'w' && !inTime:
			unit = "week"
		case c == 'd' && !inTime:
			unit = "day"
		case c == 'h' && inTime:
			unit = "hour"
		case c == 'm' && inTime:
			unit = "min"
		case c == 's' && inTime:
			unit = "sec"
		default:
			known = false
		}
		u, found := findUnit(unit)
		if !known || !found {
			return false
		}
		v.add(n, u)
		s, any = rest[1:], true
	}
	return any
}

// words reads numbers with units, and times of day.
func (v *intervalSum) words(s string) bool {
	any := false
	s = strings.TrimPrefix(s, "@")
	for {
		s = trim(s)
		if s == "" {
			return any
		}
		if s == "ago" && any {
			v.beyond = v.beyond || v.exact == math.MinInt64
			v.months, v.days, v.nanos, v.exact = -v.months, -v.days, -v.nanos, -v.exact
			return true
		}
		if nanos, rest, ok := cutClock(s); ok {
			v.addExact(nanos)
			s, any = rest, true
			continue
		}
		if months, rest, ok := cutYearMonth(s); ok {
			v.months += float64(months)
			s, any = rest, true
			continue
		}
		n, rest, ok := cutNumber(s)
		if !ok {
			return false
		}
		rest = trim(rest)
		end := 0
		for end < len(rest) && rest[end] >= 'a' && rest[end] <= 'z' {
			end++
		}
		unit := rest[:end]
		if unit == "" { // a number alone: days in front of a time of day, else seconds
			if _, _, clock := cutClock(rest); clock {
				unit = "day"
			} else if rest == "" {
				unit = "sec"
			}
		} else {
			rest = rest[end:]
		}
		u, found := findUnit(unit)
		if !found {
			return false
		}
		v.add(n, u)
		s, any = rest, true
	}
}

func findUnit(name string) (intervalUnit, bool) {
	if name == "" {
		return intervalUnit{}, false
	}
	for _, u := range intervalUnits {
		if strings.Contains(u.names, " "+name+" ") {
			return u, true
		}
	}
	return intervalUnit{}, false
}

// cutNumber takes a number with an optional sign and fraction off the front.
func cutNumber(s string) (n float64, rest string, ok bool) {
	i, digits := 0, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for ; i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.'); i++ {
		if s[i] != '.' {
			digits++
		}
	}
	if digits == 0 {
		return 0, s, false
	}
	n, err := ParseFloat(s[:i], Of(Float64))
	return n, s[i:], err == nil
}

// cutClock takes [+-]h:mm[:ss[.fraction]] off the front, in nanoseconds.
func cutClock(s string) (nanos int64, rest string, ok bool) {
	p := timeParser{rest: s}
	negative := p.skip('-')
	if !negative {
		p.skip('+')
	}
	n := p.digits()
	if n == 0 || n > 7 || n == len(p.rest) || p.rest[n] != ':' {
		return 0, s, false
	}
	seconds := p.number(1, 7) * 3600
	p.skip(':')
	minute := p.number(1, 2)
	second, fraction := int64(0), uint64(0)
	if p.skip(':') {
		second = p.number(1, 2)
		if p.skip('.') {
			for unit := uint64(1e8); p.digits() > 0; unit /= 10 {
				fraction += uint64(p.rest[0]-'0') * unit
				p.rest = p.rest[1:]
			}
		}
	}
	seconds += minute*60 + second
	const most = 1 << 63 // nanoseconds, with a minus; one less without
	if p.bad || minute > 59 || second > 59 || seconds > most/1_000_000_000 {
		return 0, s, false
	}
	size := uint64(seconds)*1_000_000_000 + fraction
	if size > most || size == most && !negative {
		return 0, s, false
	}
	if negative {
		return -int64(size), p.rest, true
	}
	return int64(size), p.rest, true
}

// cutYearMonth takes [+-]years-months off the front, in months.
func cutYearMonth(s string) (months int64, rest string, ok bool) {
	p := timeParser{rest: s}
	negative := p.skip('-')
	if !negative {
		p.skip('+')
	}
	n := p.digits()
	if n == 0 || n > 8 || n+1 >= len(p.rest) || p.rest[n] != '-' || p.rest[n+1] < '0' || p.rest[n+1] > '9' {
		return 0, s, false
	}
	months = p.number(1, 8) * 12
	p.skip('-')
	months += p.number(1, 2)
	if negative {
		months = -months
	}
	return months, p.rest, true
}
