// Package sqlerr holds the one error that a user of millrace sees: an SQLSTATE, a message, the place in the
// statement that caused it, and a way out.
package sqlerr

import (
	"errors"
	"fmt"
)

// Pos is a place in the text that the user gave: its byte offset plus one, so that the zero value means "no place".
type Pos int32

// At is the Pos of a byte offset.
func At(offset int) Pos { return Pos(offset + 1) }

// Offset returns the byte offset, and false where there is no place.
func (p Pos) Offset() (int, bool) { return int(p) - 1, p > 0 }

// SQLSTATE codes in use. The names are those of PostgreSQL's appendix A.
const (
	SyntaxError             = "42601"
	UndefinedColumn         = "42703"
	AmbiguousColumn         = "42702"
	UndefinedTable          = "42P01"
	DuplicateTable          = "42P07"
	WrongObjectType         = "42809"
	DuplicateColumn         = "42701"
	UndefinedFunction       = "42883"
	UndefinedObject         = "42704"
	DatatypeMismatch        = "42804"
	CannotCoerce            = "42846"
	GroupingError           = "42803"
	WindowingError          = "42P20"
	InvalidObjectDefinition = "42P17"
	InvalidDefinition       = "42P16"
	InvalidParameterValue   = "22023"
	InvalidText             = "22P02"
	NumericOutOfRange       = "22003"
	DivisionByZero          = "22012"
	InvalidDatetime         = "22007"
	DatetimeOverflow        = "22008"
	NotNullViolation        = "23502"
	UniqueViolation         = "23505"
	CardinalityViolation    = "21000"
	FeatureNotSupported     = "0A000"
	ConnectionFailure       = "08006"
	InsufficientResources   = "53000"
	OutOfMemory             = "53200"
	ConfigurationLimit      = "53400"
	QueryCanceled           = "57014"
	IOError                 = "58030"
	UndefinedFile           = "58P01"
	ForeignData             = "HV000"
	DataCorrupted           = "XX001"
	Internal                = "XX000"
	InvalidCharacter        = "22021"
	InvalidCatalogName      = "3D000"
	InvalidSchemaName       = "3F000"
	InvalidName             = "42602"
	InsufficientPrivilege   = "42501"
	ObjectNotInPrereqState  = "55000"
	InvalidPassword         = "28P01"
	InvalidAuthorization    = "28000"
	ProtocolViolation       = "08P01"
	TooManyConnections      = "53300"
	AdminShutdown           = "57P01"
	BadCopyFormat           = "22P04"
	ObjectInUse             = "55006"
	DependentObjects        = "2BP01"
	DuplicateObject         = "42710"
	ProgramLimitExceeded    = "54000"
)

// Error is what a user is told. Message is one line without a full stop; Hint is a sentence that says what to do.
type Error struct {
	Code    string // SQLSTATE
	Pos     Pos
	Message string
	Detail  string
	Hint    string
	Where   string // what was done when it happened: "COPY t, line 3, column amount"
	Of      Object // what it is about, for programs; of a violated constraint, as PostgreSQL has it
	Err     error  // the cause, if another error was; not printed unless Message is empty
}

// Object is what an error is about, as far as that is known. No schema is public.
type Object struct{ Schema, Table, Column, Constraint string }

func (e *Error) Error() string {
	if e.Message == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an error with a code, a place and a message.
func New(code string, pos Pos, format string, args ...any) *Error {
	return &Error{Code: code, Pos: pos, Message: fmt.Sprintf(format, args...)}
}

// WithHint sets the way out.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithDetail sets what is known beyond the message.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// About sets what the error is about.
func (e *Error) About(o Object) *Error {
	e.Of = o
	return e
}

// Because keeps the error that caused this one, for errors.Is and errors.As.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Unsupported is the error for what millrace does not do (yet); wayOut is the hint.
func Unsupported(pos Pos, what, wayOut string) *Error {
	return &Error{Code: FeatureNotSupported, Pos: pos, Message: what + " is not supported", Hint: wayOut}
}

// Code returns the SQLSTATE of err, or Internal where it has none.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return Internal
}
