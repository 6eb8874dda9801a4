package sql

import (
	"strconv"
	"strings"
	"time"

	"millrace/sqlerr"
)

// interval reads INTERVAL '5' SECOND, INTERVAL '1 hour 30 minutes', INTERVAL '1-2' YEAR TO MONTH, INTERVAL 5 SECOND.
func (c *cursor) interval() error {
	t, value := c.peek(), c.peekAt(1)
	e := &IntervalLit{Node: Node{sqlerr.At(t.Pos)}}
	c.i += 2
	unit := ""
	if u := c.peek(); u.Kind == Word && intervalUnits[fold(u.Text)] != (unitSize{}) {
		unit = fold(u.Text)
		c.i++
		if c.peek().is("TO") {
			c.i++
			if intervalUnits[fold(c.peek().Text)] == (unitSize{}) {
				return c.unexpected("a unit such as MONTH or SECOND")
			}
			unit += " to " + fold(c.peek().Text)
			c.i++
		}
		if g := c.peek(); g.group("(") { // a precision: values keep what they have
			c.i++
		}
	}
	if err := e.set(value.Text, unit); err != nil {
		return sqlerr.New(sqlerr.InvalidDatetime, sqlerr.At(value.Pos), "%q is not an interval", value.Text).
			WithHint("Write INTERVAL '5' SECOND or INTERVAL '1 hour 30 minutes'.")
	}
	e.Text = strings.TrimSpace(c.r.text[t.Pos:c.peekAt(-1).endsAt()])
	c.atom(Expr(e), t.Pos)
	return nil
}

// endsAt is where a tree ends in the text.
func (t *tree) endsAt() int {
	if t.close.Kind == Operator && t.close.End > 0 {
		return t.close.End
	}
	return t.End
}

// unitSize is one unit of an interval.
type unitSize struct {
	months, days int64
	nanos        int64
}

// intervalUnits are the units by each of their names.
var intervalUnits = unitsByName([]unit{
	{"millennium millennia", unitSize{months: 12000}}, {"century centuries", unitSize{months: 1200}}, {"decade decades", unitSize{months: 120}},
	{"year years y yr yrs", unitSize{months: 12}}, {"quarter quarters", unitSize{months: 3}}, {"month months mon mons", unitSize{months: 1}},
	{"week weeks w", unitSize{days: 7}}, {"day days d", unitSize{days: 1}},
	{"hour hours h hr hrs", unitSize{nanos: int64(time.Hour)}}, {"minute minutes m min mins", unitSize{nanos: int64(time.Minute)}},
	{"second seconds s sec secs", unitSize{nanos: int64(time.Second)}},
	{"millisecond milliseconds ms msec msecs", unitSize{nanos: int64(time.Millisecond)}},
	{"microsecond microseconds us usec usecs", unitSize{nanos: int64(time.Microsecond)}},
})

type unit struct {
	names string
	size  unitSize
}

func unitsByName(units []unit) map[string]unitSize {
	out := map[string]unitSize{}
	for _, u := range units {
		for _, n := range strings.Fields(u.names) {
			out[n] = u.size
		}
	}
	return out
}

var errInterval = strconv.ErrSyntax

// set reads an interval's text. unit is that of a bare number: "second", "year to month", or empty for seconds.
func (e *IntervalLit) set(text, unit string) error {
	text = strings.ToLower(strings.TrimSpace(text))
	if from, to, ok := strings.Cut(unit, " to "); ok {
		if from == "year" && to == "month" {
			return e.yearMonth(text)
		}
		unit = ""
	}
	if text == "" {
		return errInterval
	}
	if text[0] == 'p' {
		return e.iso(text[1:])
	}
	ago := false
	if t, ok := strings.CutSuffix(text, " ago"); ok {
		text, ago = t, true
	}
	fields := strings.Fields(spaced(strings.TrimPrefix(text, "@")))
	for i := 0; i < len(fields); i++ {
		f := fields[i]
		if strings.Contains(f, ":") {
			if err := e.clock(f); err != nil {
				return err
			}
			continue
		}
		name := unit
		if i+1 < len(fields) {
			if _, ok := intervalUnits[fields[i+1]]; ok {
				i++
				name = fields[i]
			}
		}
		if name == "" {
			if len(fields) > 1 && i+1 < len(fields) && strings.Contains(fields[i+1], ":") {
				name = "day" // '1 12:00:00'
			} else {
				name = "second"
			}
		}
		if err := e.add(f, name); err != nil {
			return err
		}
	}
	if ago {
		e.Months, e.Days, e.Nanos = -e.Months, -e.Days, -e.Nanos
	}
	return nil
}

// spaced puts a space between a number and a unit that follows it: 10s, 1h30m.
func spaced(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if i > 0 {
			digit, before := isDigit(text[i]), isDigit(text[i-1])
			letter, wasLetter := text[i] >= 'a' && text[i] <= 'z', text[i-1] >= 'a' && text[i-1] <= 'z'
			if letter && before || digit && wasLetter {
				b.WriteByte(' ')
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// add counts n units in. A fraction of a unit becomes smaller ones: months have 30 days, days 24 hours.
func (e *IntervalLit) add(n, name string) error {
	size, ok := intervalUnits[name]
	if !ok {
		return errInterval
	}
	whole, frac, _ := strings.Cut(n, ".")
	negative := strings.HasPrefix(n, "-")
	w := int64(0)
	if t := strings.TrimLeft(whole, "+-"); t != "" {
		var err error
		if w, err = strconv.ParseInt(t, 10, 32); err != nil {
			return err
		}
	} else if frac == "" {
		return errInterval
	}
	f := 0.0
	if frac != "" {
		var err error
		if f, err = strconv.ParseFloat("0."+frac, 64); err != nil {
			return err
		}
	}
	sign := int64(1)
	if negative {
		sign = -1
	}
	months := float64(size.months) * f
	days := float64(size.days)*f + (months-float64(int64(months)))*30
	nanos := float64(size.nanos)*f + (days-float64(int64(days)))*24*float64(time.Hour)
	e.Months += int32(sign * (w*size.months + int64(months)))
	e.Days += int32(sign * (w*size.days + int64(days)))
	e.Nanos += sign * (w*size.nanos + int64(nanos+0.5))
	return nil
}

// clock reads [-]hours:minutes[:seconds].
func (e *IntervalLit) clock(text string) error {
	sign := ""
	if text[0] == '-' || text[0] == '+' {
		sign, text = text[:1], text[1:]
	}
	for i, part := range strings.Split(text, ":") {
		if i > 2 || part == "" || part[0] == '-' {
			return errInterval
		}
		if err := e.add(sign+part, []string{"hour", "minute", "second"}[i]); err != nil {
			return err
		}
	}
	return nil
}

// yearMonth reads years-months.
func (e *IntervalLit) yearMonth(text string) error {
	sign := ""
	if t, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "-", t
	}
	years, months, _ := strings.Cut(text, "-")
	if err := e.add(sign+years, "year"); err != nil || months == "" {
		return err
	}
	return e.add(sign+months, "month")
}

// iso reads what follows the P of P1Y2M3DT4H5M6S.
func (e *IntervalLit) iso(text string) error {
	date, clock, _ := strings.Cut(text, "t")
	for part, units := range map[string]map[byte]string{
		date:  {'y': "year", 'm': "month", 'w': "week", 'd': "day"},
		clock: {'h': "hour", 'm': "minute", 's': "second"},
	} {
		from := 0
		for i := range len(part) {
			if isDigit(part[i]) || part[i] == '.' || part[i] == '-' {
				continue
			}
			if err := e.add(part[from:i], units[part[i]]); err != nil {
				return err
			}
			from = i + 1
		}
		if from != len(part) {
			return errInterval
		}
	}
	return nil
}
