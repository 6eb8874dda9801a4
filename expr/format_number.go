package expr

import (
	"strings"

	"millrace/sqlerr"
)

// Patterns of to_char for numbers and of to_number.

// numberNode is one piece of a pattern: a key in capitals, or a text that stands for itself.
type numberNode struct{ key, written, text string }

// numberFormat is a pattern with what has to be known before its first digit is written.
type numberFormat struct {
	nodes                              []numberNode
	pre, post, multi                   int // digits before and behind the point, and those that V moves it by
	zeroStart, zeroEnd                 int // the first and last 0, counted from 1
	zero, decimal, fill, blank         bool
	signBefore, signBehind             bool // S
	signAt                             int
	plus, minus, bracket, roman, power bool
}

var numberKeys = []string{"EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "SP", "TH", "B", "C", "D", "G", "L", "S", "V", "0", "9", ".", ","}

func parseNumberFormat(s string) (*numberFormat, error) {
	f := &numberFormat{}
	for s != "" {
		key := ""
		for _, k := range numberKeys {
			if strings.HasPrefix(s, k) || strings.HasPrefix(s, strings.ToLower(k)) {
				key = k
				break
			}
		}
		switch {
		case key != "":
			n := numberNode{key: key, written: s[:len(key)]}
			s = s[len(key):]
			if err := f.add(n.key); err != nil {
				return nil, err
			}
			f.nodes = append(f.nodes, n)
		case s[0] == '"':
			var text string
			text, s = cutQuotedText(s[1:])
			f.nodes = append(f.nodes, numberNode{text: text})
		case s[0] == '\\' && len(s) > 1 && s[1] == '"':
			f.nodes, s = append(f.nodes, numberNode{text: `"`}), s[2:]
		default:
			f.nodes, s = append(f.nodes, numberNode{text: s[:1]}), s[1:]
		}
	}
	return f, nil
}

func badNumberFormat(message string) error { return sqlerr.New(sqlerr.SyntaxError, 0, "%s", message) }

// add takes account of a key. It fails with 42601 for one that cannot stand with those before it.
func (f *numberFormat) add(key string) error {
	if f.power && key != "EEEE" {
		return badNumberFormat("\"EEEE\" must be the last pattern used")
	}
	signs := f.plus || f.minus || f.bracket
	lsign := f.signBefore || f.signBehind
	switch key {
	case "9":
		switch {
		case f.bracket:
			return badNumberFormat("\"9\" must be ahead of \"PR\"")
		case f.multi > 0:
			f.multi++
		case f.decimal:
			f.post++
		default:
			f.pre++
		}
	case "0":
		if f.bracket {
			return badNumberFormat("\"0\" must be ahead of \"PR\"")
		}
		if !f.zero && !f.decimal {
			f.zero, f.zeroStart = true, f.pre+1
		}
		if f.decimal {
			f.post++
		} else {
			f.pre++
		}
		f.zeroEnd = f.pre + f.post
	case "B":
		f.blank = f.blank || f.pre == 0 && f.post == 0 && !f.zero
	case "D", ".":
		if f.decimal {
			return badNumberFormat("multiple decimal points")
		}
		if f.multi > 0 {
			return badNumberFormat("cannot use \"V\" and decimal point together")
		}
		f.decimal = true
	case "FM":
		f.fill = true
	case "S":
		if lsign || signs {
			return badNumberFormat("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together, or \"S\" twice")
		}
		if f.signBefore, f.signAt = !f.decimal, f.pre; f.decimal {
			f.signBehind = true
		}
	case "MI", "PL", "SG":
		if lsign {
			return badNumberFormat("cannot use \"S\" and \"" + key + "\" together")
		}
		f.minus = f.minus || key != "PL"
		f.plus = f.plus || key != "MI"
	case "PR":
		if lsign || signs {
			return badNumberFormat("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
		}
		f.bracket = true
	case "RN":
		f.roman = true
	case "V":
		if f.decimal {
			return badNumberFormat("cannot use \"V\" and decimal point together")
		}
		f.multi = 1 // one more than digits behind it
	case "EEEE":
		if f.power || f.roman || f.bracket || signs || lsign || f.fill || f.multi > 0 {
			return badNumberFormat("\"EEEE\" is incompatible with other formats")
		}
		f.power = true
	}
	return nil
}

// moved is how many digits V moves the point by.
func (f *numberFormat) moved() int { return max(0, f.multi-1) }

// write fills the pattern with a number: the digits before and behind the point as text, with as many behind as the
// pattern has, and whether it is negative.
func (f *numberFormat) write(dst []byte, negative bool, whole, fraction string) []byte {
	pre := f.pre + f.moved()
	w := &numberWriter{f: f, dst: dst, sign: '+', bracket: f.bracket, behind: f.signBehind}
	if negative {
		w.sign = '-'
	}
	if len(whole) > pre {
		whole, fraction = strings.Repeat("#", pre), strings.Repeat("#", f.post)
	}
	w.number = whole
	if f.decimal && f.post > 0 || f.decimal {
		w.number += "." + fraction
	}
	w.spaces = pre - len(whole)
	w.before = f.signBefore
	if f.plus || f.minus {
		w.wroteSign = !f.plus || f.minus
	} else {
		if w.sign != '-' && f.bracket && f.fill {
			w.bracket = false
		}
		w.wroteSign = w.sign == '+' && f.fill && !f.signBefore && !f.signBehind
		if f.signBefore && pre == f.signAt {
			w.before, w.behind = false, true
		}
	}
	w.count = f.post + pre - 1
	w.relevant = -1
	if f.fill && f.decimal {
		w.findRelevant()
	}
	if !w.wroteSign && w.spaces == 0 {
		w.count++
	}
	w.zeroStart = max(0, f.zeroStart-1)
	for _, n := range f.nodes {
		w.node(n)
	}
	return w.dst
}

// numberWriter writes one number; what it does is what PostgreSQL's NUM_processor does.
type numberWriter struct {
	f              *numberFormat
	dst            []byte
	number         string // digits with a point
	at             int    // in number
	spaces         int    // places before the first digit
	count          int
	current        int // places that were written
	relevant       int // the last digit behind the point that is not dropped, in number; -1: all are kept
	zeroStart      int
	sign           byte
	wroteSign      bool
	started        bool // a digit was written
	bracket        bool
	before, behind bool
}

func (w *numberWriter) findRelevant() {
	point := strings.IndexByte(w.number, '.')
	if point < 0 {
		return
	}
	w.relevant = point
	for k := point + 1; k < len(w.number); k++ {
		if w.number[k] != '0' {
			w.relevant = k
		}
	}
	if w.f.zeroEnd > w.spaces {
		w.relevant = max(w.relevant, min(len(w.number)-1, w.f.zeroEnd-w.spaces))
	}
}

func (w *numberWriter) put(c byte) { w.dst = append(w.dst, c) }

func (w *numberWriter) relevantPoint() bool { return w.relevant >= 0 && w.number[w.relevant] == '.' }

// predecimal says that a zero before the point is not written.
func (w *numberWriter) predecimal() bool {
	return !w.f.zero && w.at == 0 && w.number != "" && w.number[0] == '0' && w.f.post != 0
}

func (w *numberWriter) digit(key string) {
	f := w.f
	if !w.wroteSign && (w.current >= w.spaces || f.zero && w.zeroStart == w.current) && (!w.predecimal() || w.relevantPoint()) {
		w.writeSign()
	}
	switch {
	case w.current < w.spaces && (!f.zero || w.zeroStart > w.current):
		if !f.fill {
			w.put(' ')
		}
	case f.zero && w.current < w.spaces:
		w.put('0')
		w.started = true
	default:
		w.next(key)
		if w.at < len(w.number) {
			w.at++
		}
	}
	end := w.count
	if w.spaces > 0 {
		end++
	}
	if f.decimal {
		end++
	}
	if w.relevant >= 0 && w.relevant == w.at {
		end = w.current
	}
	if w.current+1 == end {
		switch {
		case w.wroteSign && w.bracket:
			w.put(map[byte]byte{'+': ' ', '-': '>'}[w.sign])
		case w.behind:
			w.put(w.sign)
		}
	}
	w.current++
}

func (w *numberWriter) writeSign() {
	switch {
	case w.before || w.behind:
		if !w.before {
			return
		}
		w.put(w.sign)
	case w.bracket:
		w.put(map[byte]byte{'+': ' ', '-': '<'}[w.sign])
	case w.sign == '-':
		w.put('-')
	case !w.f.fill:
		w.put(' ')
	}
	w.wroteSign = true
}

// next writes the next digit or the point.
func (w *numberWriter) next(key string) {
	switch {
	case w.at < len(w.number) && w.number[w.at] == '.':
		if !w.relevantPoint() || w.f.fill {
			w.put('.')
		}
	case w.relevant >= 0 && w.at > w.relevant && key != "0":
	case w.predecimal():
		if !w.f.fill {
			w.put(' ')
		} else if w.relevantPoint() {
			w.put('0')
		}
	case w.at < len(w.number):
		w.put(w.number[w.at])
		w.started = true
	}
}

func (w *numberWriter) node(n numberNode) {
	switch n.key {
	case "":
		w.dst = append(w.dst, n.text...)
	case "9", "0", ".", "D":
		w.digit(n.key)
	case ",", "G":
		switch {
		case w.started:
			w.put(',')
		case !w.f.fill:
			w.put(' ')
		}
	case "L":
		w.put(' ')
	case "MI":
		if w.sign == '-' {
			w.put('-')
		} else if !w.f.fill {
			w.put(' ')
		}
	case "PL":
		if w.sign == '+' {
			w.put('+')
		} else if !w.f.fill {
			w.put(' ')
		}
	case "SG":
		w.put(w.sign)
	case "TH":
		if w.sign == '+' && !w.f.decimal && !strings.HasPrefix(w.number, "#") {
			w.dst = append(w.dst, ordinal(w.number, n.written)...)
		}
	}
}

// appendRoman writes a number from 1 to 3999 in Roman digits, and else so many #.
func appendRoman(dst []byte, n int64, fill, small bool) []byte {
	text := strings.Repeat("#", 15)
	if n > 0 && n < 4000 {
		text = ""
		for _, d := range []struct {
			value int64
			digit string
		}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
			for n >= d.value {
				text += d.digit
				n -= d.value
			}
		}
		if small {
			text = strings.ToLower(text)
		}
	}
	if !fill {
		dst = append(dst, strings.Repeat(" ", 15-len(text))...)
	}
	return append(dst, text...)
}
