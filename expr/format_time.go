package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/sqlerr"
	"millrace/types"
)

// Patterns of to_char, to_date and to_timestamp.

// timeNode is one piece of a pattern: a field, or a text that stands for itself.
type timeNode struct {
	field   string // in capitals; empty for text
	written string // as it stands in the pattern, which says how names are written
	text    string
	fill    bool   // FM: no padding
	ordinal string // th or TH behind it
	quoted  bool   // a text that stood in quotes
}

// timeFields are the fields that there are, the longer before those that they begin with.
var timeFields = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX",
	"HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM",
	"Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}

// cutField finds the field at the beginning of a pattern, in capital or small letters, or a name with a capital in front.
func cutField(s string) (field string, ok bool) {
	for _, f := range timeFields {
		if len(s) < len(f) {
			continue
		}
		switch head := s[:len(f)]; {
		case head == f, head == strings.ToLower(f):
			return f, true
		case (f == "DAY" || f == "DY" || f == "MONTH" || f == "MON") && head == f[:1]+strings.ToLower(f[1:]):
			return f, true
		}
	}
	return "", false
}

func parseTimeFormat(s string) []timeNode {
	var out []timeNode
	for s != "" {
		n := timeNode{}
		for again := true; again; { // in front of a field
			switch {
			case strings.HasPrefix(s, "FM"), strings.HasPrefix(s, "fm"):
				n.fill, s = true, s[2:]
			case strings.HasPrefix(s, "TM"), strings.HasPrefix(s, "tm"):
				s = s[2:]
			default:
				again = false
			}
		}
		if f, ok := cutField(s); ok {
			n.field, n.written, s = f, s[:len(f)], s[len(f):]
			if strings.HasPrefix(s, "th") || strings.HasPrefix(s, "TH") {
				n.ordinal, s = s[:2], s[2:]
			}
			out = append(out, n)
			continue
		}
		if s == "" {
			break
		}
		if s[0] == '"' {
			text, rest := cutQuotedText(s[1:])
			out, s = append(out, timeNode{text: text, quoted: true}), rest
			continue
		}
		if strings.HasPrefix(s, `\"`) {
			s = s[1:]
		}
		_, size := utf8.DecodeRuneInString(s)
		out, s = append(out, timeNode{text: s[:size]}), s[size:]
	}
	return out
}

// cutQuotedText reads up to the quote that ends a text; a backslash takes the next character as it is.
func cutQuotedText(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// clock is what a pattern is filled from: a point in time, or an interval.
type clock struct {
	year        int64 // astronomical: 0 is 1 BC
	month, day  int   // from 1; of an interval, 0 and more
	hour        int64
	minute, sec int64
	micros      int64
	days        int64 // since the epoch
	interval    bool
	zoned       bool
}

func clockOf(micros int64, zoned bool) clock {
	day, of := types.SplitDay(micros)
	c := clock{days: day, zoned: zoned}
	c.year, c.month, c.day = types.Civil(day)
	c.split(of)
	return c
}

func (c *clock) split(of int64) {
	c.hour, c.minute = of/types.MicrosPerHour, of/types.MicrosPerMinute%60
	c.sec, c.micros = of/types.MicrosPerSecond%60, of%types.MicrosPerSecond
}

func clockOfInterval(v interval) clock {
	c := clock{interval: true, year: int64(v.Months / 12), month: int(v.Months % 12), day: int(v.Days)}
	c.split(v.Nanoseconds / 1000)
	return c
}

var monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var dayNames = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

var romanMonths = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// inCaseOf writes a name as the pattern does: all in capitals, with one, or all small.
func inCaseOf(name, pattern string) string {
	switch {
	case pattern == strings.ToUpper(pattern):
		return strings.ToUpper(name)
	case pattern == strings.ToLower(pattern):
		return strings.ToLower(name)
	}
	return name
}

// adYear is the year as people count it, without a sign for those before Christ.
func (c *clock) adYear() int64 {
	if c.interval || c.year > 0 {
		return c.year
	}
	return 1 - c.year
}

func (c *clock) dayOfYear() int64 {
	if c.interval {
		return (c.year*12+int64(c.month))*30 + int64(c.day)
	}
	return c.days - types.Days(c.year, 1, 1) + 1
}

// fill writes a point in time by a pattern. It fails with 22007 for a field that intervals do not have.
func (c *clock) fill(dst []byte, nodes []timeNode) ([]byte, error) {
	for _, n := range nodes {
		if n.field == "" {
			dst = append(dst, n.text...)
			continue
		}
		if c.interval && strings.Contains(" A.D. AD B.C. BC MONTH MON DAY DY D ID OF TZ TZH TZM ", " "+n.field+" ") {
			return dst, sqlerr.New(sqlerr.InvalidDatetime, 0, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
		dst = c.field(dst, n)
	}
	return dst, nil
}

func (c *clock) field(dst []byte, n timeNode) []byte {
	number := func(v int64, width int) []byte {
		if v < 0 {
			width++ // for the sign
		}
		if n.fill {
			width = 0
		}
		from := len(dst)
		dst = appendPadded(dst, v, width)
		if n.ordinal != "" {
			dst = append(dst, ordinal(string(dst[from:]), n.ordinal)...)
		}
		return dst
	}
	name := func(text string, width int) []byte {
		if n.fill {
			width = 0
		}
		text = inCaseOf(text, n.written)
		return append(append(dst, text...), strings.Repeat(" ", max(0, width-len(text)))...)
	}
	half := c.hour % 24
	switch n.field {
	case "A.M.", "P.M.", "AM", "PM":
		word := "AM"
		if half >= 12 {
			word = "PM"
		}
		if n.field[1] == '.' {
			word = word[:1] + "." + word[1:] + "."
		}
		return append(dst, inCaseOf(word, n.written)...)
	case "A.D.", "B.C.", "AD", "BC":
		word := "AD"
		if c.year <= 0 {
			word = "BC"
		}
		if n.field[1] == '.' {
			word = word[:1] + "." + word[1:] + "."
		}
		return append(dst, inCaseOf(word, n.written)...)
	case "HH", "HH12":
		h := c.hour % 12
		if h == 0 {
			h = 12
		}
		return number(h, 2)
	case "HH24":
		return number(c.hour, 2)
	case "MI":
		return number(c.minute, 2)
	case "SS":
		return number(c.sec, 2)
	case "MS":
		n.fill = false
		return number(c.micros/1000, 3)
	case "US":
		n.fill = false
		return number(c.micros, 6)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits := int(n.field[2] - '0')
		n.fill = false
		return number(c.micros/tens[6-digits], digits)
	case "SSSS", "SSSSS":
		return number(c.hour*3600+c.minute*60+c.sec, 0)
	case "TZ":
		if c.zoned {
			return append(dst, inCaseOf("UTC", n.written)...)
		}
		return dst
	case "TZH", "OF":
		return append(dst, "+00"...)
	case "TZM":
		return append(dst, "00"...)
	case "FX":
		return dst
	case "MONTH", "MON", "RM":
		at := c.month
		if c.interval {
			if at <= 0 {
				return dst
			}
		}
		switch n.field {
		case "MONTH":
			return name(monthNames[at-1], 9)
		case "MON":
			return name(monthNames[at-1][:3], 0)
		}
		return name(romanMonths[at-1], 4)
	case "MM":
		return number(int64(c.month), 2)
	case "DAY":
		return name(dayNames[floorMod(c.days+4, 7)], 9)
	case "DY":
		return name(dayNames[floorMod(c.days+4, 7)][:3], 0)
	case "D":
		return number(floorMod(c.days+4, 7)+1, 0)
	case "ID":
		return number(floorMod(c.days+3, 7)+1, 0)
	case "DDD":
		return number(c.dayOfYear(), 3)
	case "IDDD":
		year, _ := isoWeek(c.days)
		return number(c.days-isoStart(year)+1, 3)
	case "DD":
		return number(int64(c.day), 2)
	case "WW":
		return number((c.dayOfYear()-1)/7+1, 2)
	case "IW":
		_, week := isoWeek(c.days)
		return number(week, 2)
	case "W":
		return number(int64(c.day-1)/7+1, 0)
	case "Q":
		if c.month == 0 {
			return dst
		}
		return number(int64(c.month-1)/3+1, 0)
	case "CC":
		year := c.year
		switch {
		case c.interval:
			year /= 100
		case year > 0:
			year = (year-1)/100 + 1
		default:
			year = year/100 - 1
		}
		if year <= 99 && year >= -99 {
			return number(year, 2)
		}
		return number(year, 0)
	case "J":
		return number(c.days+julianOfEpoch, 0)
	}
	return c.yearField(dst, n, number)
}

// yearField is Y, YY, YYY, YYYY, Y,YYY and those of ISO's year.
func (c *clock) yearField(dst []byte, n timeNode, number func(int64, int) []byte) []byte {
	year := c.adYear()
	if n.field[0] == 'I' && !c.interval {
		if year, _ = isoWeek(c.days); year <= 0 {
			year = 1 - year
		}
	}
	switch n.field {
	case "Y,YYY":
		dst = strconv.AppendInt(dst, year/1000, 10)
		dst = appendPadded(append(dst, ','), year%1000, 3)
		if n.ordinal != "" {
			dst = append(dst, ordinal(strconv.FormatInt(year, 10), n.ordinal)...)
		}
		return dst
	case "YYYY", "IYYY":
		return number(year, 4)
	}
	digits := len(n.field)
	return number(year%tens[digits], digits)
}

// isoStart is the Monday that ISO's year begins with.
func isoStart(year int64) int64 {
	fourth := types.Days(year, 1, 4)
	return fourth - floorMod(fourth+3, 7)
}

// appendPadded writes a number with zeros in front up to a width, of which a sign is one.
func appendPadded(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
		width--
	}
	s := strconv.FormatInt(v, 10)
	return append(append(dst, strings.Repeat("0", max(0, width-len(s)))...), s...)
}

// ordinal is st, nd, rd or th behind a number, in capitals where form is.
func ordinal(number, form string) string {
	word := "th"
	if n := len(number); n == 0 || n < 2 || number[n-2] != '1' {
		switch number[max(0, n-1):] {
		case "1":
			word = "st"
		case "2":
			word = "nd"
		case "3":
			word = "rd"
		}
	}
	return inCaseOf(word, form)
}
