package sql

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// units are the words that may follow an interval's text, in the singular, from the coarsest on.
var units = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond"}

// unitOf is the unit that a token names, be it in the plural.
func unitOf(t Token) (string, bool) {
	if t.Kind != Word {
		return "", false
	}
	u := strings.TrimSuffix(fold(t.Text), "s")
	return u, slices.Contains(units, u)
}

// intervalRanges are the forms of a text with a unit TO another, and the same in words, a unit with each number.
var intervalRanges = map[string]struct {
	form         *regexp.Regexp
	words, shown string
}{
	"year to month":    {regexp.MustCompile(`^(\d+)-(\d+)$`), "$1 year $2 month", "1-2"},
	"day to hour":      {regexp.MustCompile(`^(\d+) +(\d+)$`), "$1 day $2 hour", "1 12"},
	"day to minute":    {regexp.MustCompile(`^(\d+) +(\d+):(\d+)$`), "$1 day $2 hour $3 minute", "1 12:30"},
	"day to second":    {regexp.MustCompile(`^(\d+) +(\d+):(\d+):(\d+(?:\.\d*)?)$`), "$1 day $2 hour $3 minute $4 second", "1 12:30:00"},
	"hour to minute":   {regexp.MustCompile(`^(\d+):(\d+)$`), "$1 hour $2 minute", "1:30"},
	"hour to second":   {regexp.MustCompile(`^(\d+):(\d+):(\d+(?:\.\d*)?)$`), "$1 hour $2 minute $3 second", "1:30:00"},
	"minute to second": {regexp.MustCompile(`^(\d+):(\d+(?:\.\d*)?)$`), "$1 minute $2 second", "10:30"},
}

var plainNumber = regexp.MustCompile(`^(\d+(\.\d*)?|\.\d+)$`)

// startsInterval reports whether INTERVAL opens a literal here. Elsewhere it is a name.
func (c *cursor) startsInterval() bool {
	t := c.peekAt(1)
	if t.op("-") || t.op("+") {
		_, unit := unitOf(c.peekAt(3).Token)
		return unit && (c.peekAt(2).Kind == String || c.peekAt(2).Kind == Number)
	}
	return t.Kind == String || t.Kind == Number || t.group("(") && len(t.kids) == 1 && t.kids[0].Kind == Number
}

// interval reads INTERVAL '5' SECOND, INTERVAL '1 hour 30 minutes', INTERVAL '1-2' YEAR TO MONTH, INTERVAL 5 SECOND.
func (c *cursor) interval() error {
	t := c.peek()
	e := &IntervalLit{Node: Node{sqlerr.At(t.Pos)}}
	c.i++
	if c.peek().group("(") {
		return intervalPrecision(c.peek())
	}
	sign := ""
	if c.peek().op("-") || c.peek().op("+") {
		sign = strings.TrimPrefix(c.peek().Text, "+")
		c.i++
	}
	value := c.peek()
	text := strings.TrimSpace(value.Text)
	if value.Kind == Number {
		text = strings.ReplaceAll(text, "_", "")
	}
	c.i++
	unit, err := c.intervalUnit()
	if err != nil {
		return err
	}
	if value.Kind == Number && unit == "" {
		return c.unexpected("a unit, such as SECOND")
	}
	e.Text = "INTERVAL " + sign + quoteText(text)
	if unit != "" {
		e.Text += " " + strings.ToUpper(unit)
	}
	if err := e.set(text, unit, sign == "-"); err != nil {
		err.Pos = sqlerr.At(value.Pos)
		return err
	}
	c.atom(Expr(e), t.Pos)
	return nil
}

// intervalUnit reads [unit [TO unit]], in lower case and in the singular.
func (c *cursor) intervalUnit() (string, error) {
	t := c.peek()
	unit, ok := unitOf(t.Token)
	if !ok {
		return "", nil
	}
	c.i++
	if g := c.peek(); g.group("(") {
		return "", intervalPrecision(g)
	}
	if !c.peek().is("TO") {
		return unit, nil
	}
	last, ok := unitOf(c.peekAt(1).Token)
	if !ok {
		c.i++
		return "", c.unexpected("a unit, such as SECOND")
	}
	c.i += 2
	unit += " to " + last
	if _, ok := intervalRanges[unit]; !ok {
		return "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "there are no intervals of %s", strings.ToUpper(unit)).
			WithHint("There are YEAR TO MONTH, and DAY, HOUR or MINUTE TO a smaller one down to SECOND.")
	}
	if g := c.peek(); g.group("(") {
		return "", intervalPrecision(g)
	}
	return unit, nil
}

func intervalPrecision(g *tree) error {
	return sqlerr.Unsupported(sqlerr.At(g.Pos), "a precision of an interval", "Leave it out: fractions are kept to the nanosecond.")
}

// set resolves an interval's text with the unit that follows it; minus is a sign in front of the text.
func (e *IntervalLit) set(text, unit string, minus bool) *sqlerr.Error {
	words, bad := intervalWords(text, unit)
	if bad != nil {
		return bad
	}
	v, err := types.ParseInterval(words)
	if err != nil {
		var out *sqlerr.Error
		if !errors.As(err, &out) {
			out = sqlerr.New(sqlerr.InvalidDatetime, 0, "%v", err)
		}
		return out.WithHint("Write INTERVAL '10' SECOND, INTERVAL '1 hour 30 minutes' or INTERVAL '1:30:00'.")
	}
	e.Months, e.Days, e.Nanos = v.Months, v.Days, v.Nanoseconds
	if minus {
		if e.Months == math.MinInt32 || e.Days == math.MinInt32 || e.Nanos == math.MinInt64 {
			return sqlerr.New(sqlerr.DatetimeOverflow, 0, "interval field value out of range: %q", text)
		}
		e.Months, e.Days, e.Nanos = -e.Months, -e.Days, -e.Nanos
	}
	return nil
}

// intervalWords is the text of an interval with its unit inside.
func intervalWords(text, unit string) (string, *sqlerr.Error) {
	if unit == "" {
		return text, nil
	}
	body := strings.TrimLeft(text, "+-")
	sign := text[:len(text)-len(body)]
	r, isRange := intervalRanges[unit]
	switch {
	case len(sign) > 1:
	case !isRange && plainNumber.MatchString(body):
		if unit == "quarter" {
			part := sign + body + " month "
			return part + part + part, nil
		}
		return sign + body + " " + unit, nil
	case isRange && r.form.MatchString(body):
		words := r.form.ReplaceAllString(body, r.words)
		if sign == "-" { // it is that of the whole
			words += " ago"
		}
		return words, nil
	}
	if isRange {
		return "", sqlerr.New(sqlerr.InvalidDatetime, 0, "%q is not an interval of %s", text, strings.ToUpper(unit)).
			WithHint("Write it as '%s'.", r.shown)
	}
	return "", sqlerr.New(sqlerr.InvalidDatetime, 0, "%q is not a number of %ss", text, unit).
		WithHint("%s", fmt.Sprintf("Write INTERVAL '10' %s, or all of it in the text: INTERVAL '1 hour 30 minutes'.", strings.ToUpper(unit)))
}
