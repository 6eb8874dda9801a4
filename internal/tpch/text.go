package tpch

import "sync"

// poolSize is that of the text which all comments are cut from.
const poolSize = 300 << 20

// pool is that text: made once, it is the same for every scale factor.
var pool = sync.OnceValue(func() []byte { return makeText(poolSize) })

// makeText makes so many bytes of sentences by the specification's grammar (clause 4.2.2.14).
func makeText(size int) []byte {
	s := newStream(933588178, 1, 0)
	out := make([]byte, 0, size+1024)
	for len(out) < size {
		for _, part := range sentences.draw(&s) {
			switch part {
			case 'N':
				out = nounPhrase(out, &s)
			case 'V':
				out = verbPhrase(out, &s)
			case 'P':
				out = append(append(out, prepositions.draw(&s)...), " the "...)
				out = nounPhrase(out, &s)
			case 'T':
				out = append(append(out[:len(out)-1], terminators.draw(&s)...), ' ')
			}
		}
	}
	return out[:size]
}

func nounPhrase(out []byte, s *stream) []byte {
	for _, part := range nounPhrases.draw(s) {
		switch part {
		case 'N':
			out = append(append(out, nouns.draw(s)...), ' ')
		case 'J':
			out = append(append(out, adjectives.draw(s)...), ' ')
		case 'j':
			out = append(append(out, adjectives.draw(s)...), ", "...)
		case 'D':
			out = append(append(out, adverbs.draw(s)...), ' ')
		}
	}
	return out
}

func verbPhrase(out []byte, s *stream) []byte {
	for _, part := range verbPhrases.draw(s) {
		switch part {
		case 'V':
			out = append(append(out, verbs.draw(s)...), ' ')
		case 'X':
			out = append(append(out, auxiliaries.draw(s)...), ' ')
		case 'D':
			out = append(append(out, adverbs.draw(s)...), ' ')
		}
	}
	return out
}

// comment cuts a text of 0.4 to 1.6 times the average length out of the pool: two steps.
func comment(s *stream, text []byte, average int64) []byte {
	low, high := average*4/10, average*16/10
	at := s.between(0, int64(len(text))-high)
	return text[at : at+s.between(low, high)]
}

// letters are what addresses are made of.
const letters = "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,"

// address makes 10 to 40 letters: up to nine steps.
func address(buf []byte, s *stream) []byte {
	n := s.between(10, 40)
	var bits int64
	for i := range n {
		if i%5 == 0 {
			bits = s.bits()
		}
		buf = append(buf, letters[bits&63])
		bits >>= 6
	}
	return buf
}
