package pgwire

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/sqlerr"
)

// Why a statement's context ends.
var (
	errCanceled = sqlerr.New(sqlerr.QueryCanceled, 0, "canceling statement due to user request")
	errShutdown = sqlerr.New(sqlerr.AdminShutdown, 0, "terminating connection due to administrator command")
	errIdle     = sqlerr.New("57P05", 0, "terminating connection due to idle-session timeout")
	errGone     = sqlerr.New(sqlerr.ConnectionFailure, 0, "the client is gone")
)

// violation is what breaks the protocol.
func violation(format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.ProtocolViolation, 0, format, args...)
}

// fatal marks an error behind which the connection is closed.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// isFatal reports whether the connection ends with err.
func isFatal(err error) bool {
	var f fatal
	return errors.As(err, &f) || errors.Is(err, errShutdown)
}

// because is err, or why ctx has ended where that is what made the statement fail.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		var cause *sqlerr.Error
		if errors.As(context.Cause(ctx), &cause) {
			return cause
		}
	}
	return err
}

// response is an error as the client is told it. text is the statement's, which the place is in.
func response(err error, text string) *pgproto3.ErrorResponse {
	r := &pgproto3.ErrorResponse{Severity: "ERROR", Code: sqlerr.Internal, Message: err.Error()}
	if isFatal(err) {
		r.Severity = "FATAL"
	}
	r.SeverityUnlocalized = r.Severity
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return r
	}
	if e.Code != "" {
		r.Code = e.Code
	}
	r.Detail, r.Hint, r.Where = e.Detail, e.Hint, e.Where
	if off, ok := e.Pos.Offset(); ok && off <= len(text) && text != "" {
		r.Position = int32(utf8.RuneCountInString(text[:off])) + 1
	}
	return r
}
