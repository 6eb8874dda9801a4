package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// LogLine is a line of a job's log.
type LogLine struct {
	Seq   int64 // the lines of a job are numbered from 1
	Time  time.Time
	Level slog.Level
	Text  string // the message, then its attributes; a stack makes it several lines
}

// What is kept of a log in memory.
const (
	logLines = 1000
	logBytes = 256 << 10
	lineMax  = 16 << 10
)

// logRing keeps the newest lines of a log.
type logRing struct {
	mu    sync.Mutex
	lines []LogLine
	bytes int
	seq   int64 // of the newest line
}

func (r *logRing) add(l LogLine) {
	if len(l.Text) > lineMax {
		l.Text = strings.ToValidUTF8(l.Text[:lineMax], "") + " …"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	l.Seq = r.seq
	r.lines = append(r.lines, l)
	r.bytes += len(l.Text)
	old := 0
	for len(r.lines)-old > logLines || r.bytes > logBytes {
		r.bytes -= len(r.lines[old].Text)
		old++
	}
	r.lines = slices.Delete(r.lines, 0, old)
}

// last returns the newest n lines, the oldest of them first; all where n is 0.
func (r *logRing) last(n int) []LogLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := 0
	if n > 0 {
		from = max(0, len(r.lines)-n)
	}
	return slices.Clone(r.lines[from:])
}

// logTee is a slog.Handler that keeps what it is given in a ring and hands it on. The ring has lines from level info.
type logTee struct {
	slog.Handler
	ring   *logRing
	attrs  string
	prefix string // of groups
}

func (t *logTee) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || t.Handler.Enabled(ctx, l)
}

func (t *logTee) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		var b strings.Builder
		b.WriteString(r.Message)
		b.WriteString(t.attrs)
		r.Attrs(func(a slog.Attr) bool {
			appendAttr(&b, t.prefix, a)
			return true
		})
		t.ring.add(LogLine{Time: r.Time, Level: r.Level, Text: b.String()})
	}
	if !t.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

func (t *logTee) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		appendAttr(&b, t.prefix, a)
	}
	return &logTee{t.Handler.WithAttrs(attrs), t.ring, t.attrs + b.String(), t.prefix}
}

func (t *logTee) WithGroup(name string) slog.Handler {
	return &logTee{t.Handler.WithGroup(name), t.ring, t.attrs, t.prefix + name + "."}
}

func appendAttr(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, in := range v.Group() {
			appendAttr(b, prefix, in)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	fmt.Fprintf(b, " %s%s=%s", prefix, a.Key, v)
}
