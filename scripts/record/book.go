package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"
	"sync"
)

// book is where statements are written, each with its parameters once.
type book struct {
	mu   sync.Mutex
	to   io.Writer
	seen map[string]bool
}

func (b *book) write(text string, params []string) {
	var s strings.Builder
	s.WriteString("-- STATEMENT\n")
	for _, p := range params {
		s.WriteString("-- " + p + "\n")
	}
	s.WriteString(strings.TrimRight(text, " \t\r\n"))
	s.WriteString("\n;;\n")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[s.String()] || strings.TrimSpace(text) == "" {
		return
	}
	b.seen[s.String()] = true
	if _, err := io.WriteString(b.to, s.String()); err != nil {
		log.Fatal(err)
	}
}

// session is what a connection has prepared.
type session struct {
	book     *book
	prepared map[string]prepared
}

type prepared struct {
	text  string
	types []uint32
}

// note writes down the statement of a message, if it has one.
func (s *session) note(kind byte, body []byte) {
	r := reader{body}
	switch kind {
	case 'Q':
		s.book.write(r.text(), nil)
	case 'P':
		name := r.text()
		p := prepared{text: r.text()}
		for range r.u16() {
			p.types = append(p.types, r.u32())
		}
		s.prepared[name] = p
	case 'B':
		r.text() // of the portal
		p := s.prepared[r.text()]
		s.book.write(p.text, r.params(p.types))
	}
}

// reader takes a message apart. What is cut off reads as nothing.
type reader struct{ data []byte }

func (r *reader) take(n int) []byte {
	n = max(0, min(n, len(r.data)))
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *reader) u16() int {
	if b := r.take(2); len(b) == 2 {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); len(b) == 4 {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// text reads up to a zero byte.
func (r *reader) text() string {
	s, rest, _ := strings.Cut(string(r.data), "\x00")
	r.data = []byte(rest)
	return s
}

// params reads the values of a Bind: $1 oid "text", \x and hexadecimal digits where it is binary, or NULL. The OID is 0 where
// the client declared none.
func (r *reader) params(types []uint32) []string {
	var formats []int
	for range r.u16() {
		formats = append(formats, r.u16())
	}
	var out []string
	for i := range r.u16() {
		oid := uint32(0)
		if i < len(types) {
			oid = types[i]
		}
		format := 0
		switch {
		case len(formats) == 1:
			format = formats[0]
		case i < len(formats):
			format = formats[i]
		}
		value := "NULL"
		if n := int32(r.u32()); n >= 0 {
			if v := r.take(int(n)); format == 1 {
				value = fmt.Sprintf(`\x%x`, v)
			} else {
				value = strconv.Quote(string(v))
			}
		}
		out = append(out, fmt.Sprintf("$%d %d %s", i+1, oid, value))
	}
	return out
}
