package types

import "strings"

var months = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// namedDate reads a date that has its month by name: Jan 5, 2026; 5 January 2026; 05-Jan-2026; 2026-Jan-05. It reports
// false, and reads nothing, where there is no month.
func (p *timeParser) namedDate() bool {
	if month, n := monthName(p.rest); month > 0 {
		p.rest = p.rest[n:]
		p.month = month
		p.separators()
		p.day = int(p.number(1, 2))
		p.separators()
		p.year = p.number(3, 6)
		return true
	}
	n := p.digits()
	if n == 0 || n > 6 {
		return false
	}
	rest := strings.TrimLeft(p.rest[n:], " -/.,")
	month, size := monthName(rest)
	if month == 0 {
		return false
	}
	p.month = month
	if n > 2 {
		p.year = p.number(3, 6)
	} else {
		p.day = int(p.number(1, 2))
	}
	p.rest = rest[size:]
	p.separators()
	if n > 2 {
		p.day = int(p.number(1, 2))
	} else {
		p.year = p.number(3, 6)
	}
	return true
}

func (p *timeParser) separators() { p.rest = strings.TrimLeft(p.rest, " -/.,") }

// monthName finds a month at the beginning of s, whole or by its first three letters, and says how many letters that are;
// 0 where there is none.
func monthName(s string) (month, n int) {
	for n < len(s) && (s[n]|0x20) >= 'a' && (s[n]|0x20) <= 'z' {
		n++
	}
	word := strings.ToLower(s[:n])
	for i, m := range months {
		if word == m || word == m[:3] || word == "sept" && i == 8 {
			return i + 1, n
		}
	}
	return 0, 0
}
