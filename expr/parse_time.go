package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/sqlerr"
	"millrace/types"
)

// timeParts collects what a pattern reads from a text; a part that was not there is not in set.
type timeParts struct {
	rest string
	set  map[string]int64
	pm   int // -1 AM, 1 PM
	bc   bool
	half bool // a 12-hour clock
}

// parseByFormat reads a text by a pattern. It gives the day and the microseconds since its midnight, less the offset of a
// zone. It fails with 22007 for a text that does not fit, and with 22008 for a date or time that does not exist.
func parseByFormat(text string, nodes []timeNode) (day, of int64, err error) {
	p := &timeParts{rest: text, set: map[string]int64{}}
	strict := false
	for _, n := range nodes {
		strict = strict || n.field == "FX"
	}
	skipped := 0 // blanks that the pattern did not ask for
	for k := 0; k < len(nodes) && p.rest != ""; k++ {
		n := nodes[k]
		if !strict && (n.field != "" || k == 0) {
			trimmed := strings.TrimLeft(p.rest, " \t\n\r\f\v")
			skipped += len(p.rest) - len(trimmed)
			p.rest = trimmed
			if p.rest == "" {
				break
			}
		}
		if n.field == "" {
			p.literal(n, strict, &skipped)
			continue
		}
		if err := p.field(n, nodes, k); err != nil {
			return 0, 0, err
		}
		if n.ordinal != "" {
			p.rest = p.rest[min(2, len(p.rest)):]
		}
		skipped = 0
	}
	return p.result()
}

func isSeparator(c byte) bool {
	return c > ' ' && c < 0x7f && !isWordByte(c) && !isDigit(c) || c == '_'
}

// literal goes over what the pattern has between fields: a separator matches one or none, another character any one.
func (p *timeParts) literal(n timeNode, strict bool, skipped *int) {
	text := n.text
	if !n.quoted && len(text) == 1 && (text[0] == ' ' || isSeparator(text[0])) {
		if strict {
			p.rest = p.rest[1:]
			return
		}
		*skipped--
		if c := p.rest[0]; c == ' ' || isSeparator(c) {
			p.rest = p.rest[1:]
			*skipped++
		}
		return
	}
	for range utf8.RuneCountInString(text) {
		if !strict && *skipped > 0 {
			*skipped--
		} else if p.rest != "" {
			_, size := utf8.DecodeRuneInString(p.rest)
			p.rest = p.rest[size:]
		}
	}
}

func (p *timeParts) bad(format string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidDatetime, 0, format, args...)
}

func (p *timeParts) put(name string, v int64) error {
	if old, ok := p.set[name]; ok && old != v {
		return p.bad("conflicting values for %q field in formatting string", name).(*sqlerr.Error).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	p.set[name] = v
	return nil
}

// number reads a number of so many characters, or of as many as there are where what follows in the pattern is no number.
func (p *timeParts) number(name string, width int, nodes []timeNode, k int) (v int64, digits int, err error) {
	p.rest = strings.TrimLeft(p.rest, " \t\n\r\f\v")
	s := p.rest
	if !nodes[k].fill && !endsNumber(nodes, k) {
		if len(s) < width {
			return 0, 0, p.bad("source string too short for %q formatting field", name).(*sqlerr.Error).
				WithDetail("Field requires %d characters, but only %d remain.", width, len(s))
		}
		s = s[:width]
	}
	end := 0
	if end < len(s) && (s[end] == '-' || s[end] == '+') {
		end++
	}
	signed := end
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	fixed := len(s) == width && !nodes[k].fill && !endsNumber(nodes, k)
	if end == signed || fixed && end < width {
		return 0, 0, p.bad("invalid value %q for %q", s, name)
	}
	v, err = strconv.ParseInt(s[:end], 10, 32)
	if err != nil {
		return 0, 0, sqlerr.New(sqlerr.DatetimeOverflow, 0, "value for %q in source string is out of range", name)
	}
	p.rest = p.rest[end:]
	return v, end, nil
}

// endsNumber reports whether what follows a field cannot begin with a digit.
func endsNumber(nodes []timeNode, k int) bool {
	if nodes[k].ordinal != "" || k+1 == len(nodes) {
		return true
	}
	n := nodes[k+1]
	if n.field != "" {
		return strings.Contains(" A.D. A.M. AD AM B.C. BC DAY DY FX MONTH MON P.M. PM RM TZ OF TZH ", " "+n.field+" ")
	}
	return len(n.text) == 0 || !isDigit(n.text[0])
}

// word reads one of some names, in any case, and gives its number.
func (p *timeParts) word(field string, names []string) (int, error) {
	for i, n := range names {
		if len(p.rest) >= len(n) && strings.EqualFold(p.rest[:len(n)], n) {
			p.rest = p.rest[len(n):]
			return i, nil
		}
	}
	end := strings.IndexAny(p.rest, " \t")
	if end < 0 {
		end = len(p.rest)
	}
	return 0, p.bad("invalid value %q for %q", p.rest[:end], field).(*sqlerr.Error).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func shortNames(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n[:3]
	}
	return out
}

// fieldWidths are how many characters a field takes where a digit may follow.
var fieldWidths = map[string]int{
	"HH": 2, "HH12": 2, "HH24": 2, "MI": 2, "SS": 2, "MS": 3, "US": 6, "FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6,
	"SSSS": 4, "SSSSS": 5, "MM": 2, "DD": 2, "DDD": 3, "IDDD": 3, "D": 1, "ID": 1, "WW": 2, "IW": 2, "W": 1, "Q": 1, "CC": 2, "J": 1,
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "TZH": 2, "TZM": 2,
}

func (p *timeParts) field(n timeNode, nodes []timeNode, k int) error {
	switch n.field {
	case "FX":
		return nil
	case "A.M.", "P.M.", "AM", "PM":
		i, err := p.word(n.field, []string{"A.M.", "P.M.", "AM", "PM"})
		p.pm, p.half = []int{-1, 1, -1, 1}[i], true
		return err
	case "A.D.", "B.C.", "AD", "BC":
		i, err := p.word(n.field, []string{"A.D.", "B.C.", "AD", "BC"})
		p.bc = i == 1 || i == 3
		return err
	case "MONTH", "MON":
		i, err := p.word(n.field, monthNames)
		if err != nil {
			i, err = p.word(n.field, shortNames(monthNames))
		}
		if err != nil {
			return err
		}
		return p.put("MM", int64(i+1))
	case "DAY", "DY":
		_, err := p.word(n.field, dayNames)
		if err != nil {
			_, err = p.word(n.field, shortNames(dayNames))
		}
		return err
	case "RM":
		longest := []int{7, 6, 11, 2, 3, 8, 5, 1, 10, 0, 4, 9} // VIII before VII before VI …
		names := make([]string, len(longest))
		for i, at := range longest {
			names[i] = romanMonths[at]
		}
		i, err := p.word(n.field, names)
		if err != nil {
			return err
		}
		return p.put("MM", int64(longest[i]+1))
	case "TZ", "OF":
		return sqlerr.New(sqlerr.FeatureNotSupported, 0, "formatting field %q is only supported in to_char", n.field)
	case "Y,YYY":
		return p.thousands(n)
	case "TZH":
		return p.zoneHour(n, nodes, k)
	}
	v, digits, err := p.number(n.field, fieldWidths[n.field], nodes, k)
	if err != nil {
		return err
	}
	switch n.field {
	case "HH", "HH12":
		p.half = true
		return p.put("HH", v)
	case "HH24":
		return p.put("HH", v)
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6": // digits behind the point, as many as there are
		for ; digits < 6; digits++ {
			v *= 10
		}
		name := "US"
		if n.field == "MS" {
			name = "MS"
		}
		return p.put(name, v)
	case "SSSS", "SSSSS":
		return p.put("SSSS", v)
	case "Q":
		return nil // which says nothing about the day
	case "YYY", "YY", "Y", "YYYY", "IYYY", "IYY", "IY", "I":
		if digits < 4 && n.field != "YYYY" && n.field != "IYYY" {
			v = nearYear(v)
		}
		if n.field[0] == 'I' {
			return p.put("IYYY", v)
		}
		return p.put("YYYY", v)
	}
	return p.put(n.field, v)
}

// nearYear completes a year of less than four digits to the one that is nearest to 2020.
func nearYear(y int64) int64 {
	switch {
	case y < 0:
		return y
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}

func (p *timeParts) thousands(n timeNode) error {
	whole, rest, ok := strings.Cut(p.rest, ",")
	t, err := strconv.ParseInt(strings.TrimSpace(whole), 10, 32)
	if !ok || err != nil || len(rest) < 3 {
		return p.bad("invalid input string for \"Y,YYY\"")
	}
	y, err := strconv.ParseInt(rest[:3], 10, 32)
	if err != nil {
		return p.bad("invalid input string for \"Y,YYY\"")
	}
	p.rest = rest[3:]
	return p.put("YYYY", t*1000+y)
}

func (p *timeParts) zoneHour(n timeNode, nodes []timeNode, k int) error {
	sign := int64(1)
	switch {
	case strings.HasPrefix(p.rest, "-"):
		sign, p.rest = -1, p.rest[1:]
	case strings.HasPrefix(p.rest, "+"), strings.HasPrefix(p.rest, " "):
		p.rest = p.rest[1:]
	}
	v, _, err := p.number(n.field, 2, nodes, k)
	if err != nil {
		return err
	}
	p.set["zone sign"] = sign
	return p.put("TZH", v)
}

func (p *timeParts) result() (day, of int64, err error) {
	overflow := sqlerr.New(sqlerr.DatetimeOverflow, 0, "date/time field value out of range")
	hour, minute, second := p.set["HH"], p.set["MI"], p.set["SS"]
	if s, ok := p.set["SSSS"]; ok {
		hour, minute, second = s/3600, s/60%60, s%60
	}
	if p.half {
		if _, ok := p.set["HH"]; ok && (hour < 1 || hour > 12) {
			return 0, 0, sqlerr.New(sqlerr.InvalidDatetime, 0, "hour \"%d\" is invalid for the 12-hour clock", hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if p.pm > 0 && hour < 12 {
			hour += 12
		} else if p.pm < 0 && hour == 12 {
			hour = 0
		}
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, 0, overflow
	}
	of = ((hour*60+minute)*60+second)*types.MicrosPerSecond + p.set["MS"] + p.set["US"]
	if of >= types.MicrosPerDay {
		return 0, 0, overflow
	}
	if sign, ok := p.set["zone sign"]; ok {
		if p.set["TZH"] > 15 || p.set["TZM"] > 59 {
			return 0, 0, overflow
		}
		of -= sign * (p.set["TZH"]*60 + p.set["TZM"]) * types.MicrosPerMinute
	}
	day, ok, err := p.day()
	if err == nil && (!ok || day < -mostDays || day >= mostDays) {
		err = overflow
	}
	return day, of, err
}

// day is the date that the parts say; ok is false where there is none.
func (p *timeParts) day() (day int64, ok bool, err error) {
	has := func(name string) bool { _, ok := p.set[name]; return ok }
	if has("J") {
		return p.set["J"] - julianOfEpoch, true, nil
	}
	iso := has("IYYY") || has("IW") || has("ID") || has("IDDD")
	if iso && (has("YYYY") || has("MM") || has("DD") || has("DDD") || has("WW") || has("W")) {
		return 0, false, sqlerr.New(sqlerr.InvalidDatetime, 0, "invalid combination of date conventions").
			WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
	}
	year := int64(0)
	switch {
	case has("IYYY"):
		year = p.set["IYYY"]
	case has("YYYY"):
		year = p.set["YYYY"]
		if cc := p.set["CC"]; has("CC") && year < 100 && cc > 0 {
			year += (cc - 1) * 100
		}
	case has("CC"):
		year = (p.set["CC"]-1)*100 + 1
	}
	if p.bc {
		year = -year
	}
	if year < 0 {
		year++
	}
	if year > 5_000_000 || year < -5_000_000 {
		return 0, false, nil
	}
	if iso {
		if has("IDDD") {
			return isoStart(year) + p.set["IDDD"] - 1, true, nil
		}
		week, weekday := max(1, p.set["IW"]), int64(1)
		if has("ID") {
			weekday = p.set["ID"]
		}
		return isoStart(year) + (week-1)*7 + weekday - 1, week <= 53, nil
	}
	switch {
	case has("DDD") || has("WW"):
		n := p.set["DDD"]
		if has("WW") {
			n = (p.set["WW"]-1)*7 + 1
		}
		if !has("YYYY") {
			return 0, false, sqlerr.New(sqlerr.InvalidDatetime, 0, "cannot calculate day of year without year information")
		}
		first := types.Days(year, 1, 1)
		return first + n - 1, n >= 1 && first+n-1 < types.Days(year+1, 1, 1), nil
	}
	month, date := int64(1), int64(1)
	if has("MM") {
		month = p.set["MM"]
	}
	if has("DD") {
		date = p.set["DD"]
	} else if has("W") {
		date = (p.set["W"]-1)*7 + 1
	}
	if month < 1 || month > 12 || date < 1 || date > int64(types.MonthDays(year, int(month))) {
		return 0, false, nil
	}
	return types.Days(year, int(month), int(date)), true, nil
}
