package json

import (
	"bytes"
	"math/bits"
)

// keyOrder is what has been learnt about the order of an object's keys: producers write the same keys in the same
// order, with the same white space, record after record. A step is all the bytes between two values, such as
// `,"bidder": `: where the guessed step is there byte for byte, the key is known without being parsed or looked up.
type keyOrder struct {
	steps []step
	first int // the step that the last object started with
}

// step is a key that has been seen, with what surrounds it.
type step struct {
	field *field // nil: not wanted
	len   int
	next  int // the step that came next last time
	// The first 16 bytes, with zeros behind shorter ones, and masks of the bytes that count.
	lo, hi, loMask, hiMask uint64
	text                   []byte // from the end of the value before, or from the brace, to the start of the value
}

const (
	start   = -1 // stands for the step before the first key
	unknown = -1 // stands for a next step that is not known

	loose    = 0   // the step of texts that are too long to be learnt; never a guess
	stepsMax = 128 // when there are more, all is forgotten: memory stays bounded whatever the keys are
	textMax  = 256
)

func newKeyOrder() keyOrder { return keyOrder{steps: []step{{next: unknown}}, first: unknown} }

func newStep(text []byte, f *field) step {
	s := step{field: f, len: len(text), next: unknown, text: bytes.Clone(text)}
	var head, mask [16]byte
	for i := range copy(head[:], text) {
		mask[i] = 0xFF
	}
	s.lo, s.hi = load8(head[:8]), load8(head[8:])
	s.loMask, s.hiMask = load8(mask[:8]), load8(mask[8:])
	return s
}

// matches reports whether b goes on at i with the step's text.
func (s *step) matches(b []byte, i int) bool {
	if i+16 <= len(b) && s.len <= 16 {
		return (load8(b[i:])^s.lo)&s.loMask|(load8(b[i+8:])^s.hi)&s.hiMask == 0
	}
	return s.starts(b[i:])
}

func (s *step) starts(b []byte) bool { return s.len <= len(b) && string(b[:s.len]) == string(s.text) }

// skipUnwanted skips fields that nobody wants as long as they come as guessed and their values are what most are,
// strings and whole numbers of up to 15 digits. It returns where it stopped, the guess and the step before it. It is
// apart from object to keep all that it needs in registers.
func skipUnwanted(steps []step, guess, last int, b []byte, i int) (int, int, int) {
	for guess >= 0 {
		s := &steps[guess]
		if s.field != nil || i+s.len+16 > len(b) || !s.matches(b, i) {
			break
		}
		at := i + s.len
		if c := b[at]; c == '"' {
			n := bytes.IndexByte(b[at+1:], '"')
			if n <= 0 || b[at+n] == '\\' { // no end, empty, or perhaps an escaped quote
				break
			}
			i = at + n + 2
		} else {
			end := at
			m := nonDigits(load8(b[at:]))
			if m == 0 {
				end += 8
				if m = nonDigits(load8(b[end:])); m == 0 {
					break
				}
			}
			end += bits.TrailingZeros64(m) >> 3
			if e := b[end]; c == '0' || end == at || e == '.' || e|0x20 == 'e' {
				break
			}
			i = end
		}
		guess, last = s.next, guess
	}
	return i, guess, last
}

// key reads the next key of an object the long way: it returns where its value starts and the step for it, which
// from now on is the guess behind last; or a negative step and the place behind the object's end, -1 for an error.
func (d *decoder) key(o *object, last int, b []byte, i int) (int, int) {
	from := i
	if last == start {
		i = space(b, i+1)
		if i < len(b) && b[i] == '}' {
			return i + 1, -1
		}
	} else {
		i = space(b, i)
		if i < len(b) && b[i] == '}' {
			return i + 1, -1
		}
		if i >= len(b) || b[i] != ',' {
			return d.syntax(b, i, "a comma or the end of the object"), -1
		}
		i = space(b, i+1)
	}
	if i >= len(b) || b[i] != '"' {
		return d.syntax(b, i, "a key in quotes"), -1
	}
	end := closing(b, i+1)
	if end < 0 {
		return d.syntax(b, len(b), "a closing quote"), -1
	}
	name := b[i+1 : end]
	if bytes.IndexByte(name, '\\') >= 0 {
		decoded := d.unescape(name)
		if decoded == nil { // a key that is none of ours in any case
			d.reason = ""
		}
		name = decoded
	}
	f := o.byName[string(name)]
	i = space(b, end+1)
	if i >= len(b) || b[i] != ':' {
		return d.syntax(b, i, "a colon"), -1
	}
	i = space(b, i+1)
	return i, o.keys.learn(last, b[from:i], f)
}

// learn remembers that text came after the step last, and returns the step of text.
func (k *keyOrder) learn(last int, text []byte, f *field) int {
	if len(text) > textMax {
		k.steps[loose] = step{field: f, next: unknown}
		return loose
	}
	at := k.find(text)
	if at < 0 {
		if len(k.steps) >= stepsMax {
			k.steps, k.first, last = k.steps[:loose+1], unknown, start
		}
		at = len(k.steps)
		k.steps = append(k.steps, newStep(text, f))
	}
	if last == start {
		k.first = at
	} else {
		k.steps[last].next = at
	}
	return at
}

// find returns the step of text, or -1.
func (k *keyOrder) find(text []byte) int {
	for i := loose + 1; i < len(k.steps); i++ {
		if bytes.Equal(k.steps[i].text, text) {
			return i
		}
	}
	return -1
}
