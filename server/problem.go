package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"millrace/sqlerr"
)

// Problem is an error as RFC 9457 has it, with what PostgreSQL's protocol says besides.
type Problem struct {
	Type     string `json:"type" doc:"Always about:blank: what went wrong is told by sqlstate."`
	Title    string `json:"title" doc:"The status in words."`
	Status   int    `json:"status" doc:"The HTTP status."`
	Detail   string `json:"detail" doc:"What went wrong."`
	SQLState string `json:"sqlstate" doc:"PostgreSQL's code for it."`
	Position int    `json:"position,omitempty" doc:"The character of the SQL text it is about, from 1."`
	Line     int    `json:"line,omitempty" doc:"The line of that character, from 1."`
	Column   int    `json:"column,omitempty" doc:"The character in that line, from 1."`
	More     string `json:"more,omitempty" doc:"What is known besides."`
	Hint     string `json:"hint,omitempty" doc:"The way out."`
}

// Error makes a Problem an error for the client commands.
func (p *Problem) Error() string { return p.Detail }

// SQLError is the problem as the error it was on the server, whose place is in text.
func (p *Problem) SQLError(text string) *sqlerr.Error {
	e := &sqlerr.Error{Code: p.SQLState, Message: p.Detail, Detail: p.More, Hint: p.Hint}
	if p.Position > 0 {
		off := 0
		for range p.Position - 1 {
			_, n := utf8.DecodeRuneInString(text[off:])
			off += n
		}
		e.Pos = sqlerr.At(off)
	}
	return e
}

// httpError is an error with a status of its own.
type httpError struct {
	status int
	header map[string]string
	*sqlError
}

type sqlError = sqlerr.Error

func (e *httpError) Unwrap() error { return e.sqlError }

// refuse makes an error with a status.
func refuse(status int, code, format string, args ...any) *httpError {
	return &httpError{status: status, sqlError: sqlerr.New(code, 0, format, args...)}
}

func (e *httpError) withHint(format string, args ...any) *httpError {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

func (e *httpError) withHeader(name, value string) *httpError {
	if e.header == nil {
		e.header = map[string]string{}
	}
	e.header[name] = value
	return e
}

// cannotConnectNow is the SQLSTATE of a server that starts or stops.
const cannotConnectNow = "57P03"

// statuses are those of SQLSTATEs, by the longest prefix; what is not here is a mistake in the request: 400.
var statuses = []struct {
	prefix string
	status int
}{
	{"08P01", http.StatusBadRequest},
	{"08", http.StatusBadGateway}, // a system that a job reads or writes
	{"28", http.StatusUnauthorized},
	{"42501", http.StatusForbidden},
	{"42710", http.StatusConflict},
	{"42P07", http.StatusConflict},
	{"2BP01", http.StatusConflict},
	{"55", http.StatusConflict},
	{"53", http.StatusServiceUnavailable},
	{"57P03", http.StatusServiceUnavailable},
	{"57014", http.StatusServiceUnavailable},
	{"58", http.StatusInternalServerError},
	{"XX", http.StatusInternalServerError},
}

func statusOf(err error) int {
	var h *httpError
	if errors.As(err, &h) {
		return h.status
	}
	code, best, status := sqlerr.Code(err), 0, http.StatusBadRequest
	for _, s := range statuses {
		if strings.HasPrefix(code, s.prefix) && len(s.prefix) > best {
			best, status = len(s.prefix), s.status
		}
	}
	return status
}

// problemOf says what went wrong; text is the SQL that the error's place is in.
func problemOf(err error, text string) *Problem {
	status := statusOf(err)
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: err.Error(), SQLState: sqlerr.Code(err)}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		p.More, p.Hint = e.Detail, e.Hint
		if off, ok := e.Pos.Offset(); ok && off <= len(text) {
			before := text[:off]
			p.Position = utf8.RuneCountInString(before) + 1
			p.Line = strings.Count(before, "\n") + 1
			p.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
		}
	}
	return p
}

// writeProblem answers with an error.
func writeProblem(w http.ResponseWriter, log *slog.Logger, err error, text string) {
	p := problemOf(err, text)
	var h *httpError
	if errors.As(err, &h) {
		for k, v := range h.header {
			w.Header().Set(k, v)
		}
	}
	writeJSON(w, log, p.Status, "application/problem+json", p)
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, log *slog.Logger, status int, media string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("an answer of type %T is no JSON: %v", v, err))
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(append(body, '\n')); err != nil {
		log.Debug("http: the client is gone", "error", err)
	}
}
