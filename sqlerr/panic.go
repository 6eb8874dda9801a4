package sqlerr

import "runtime/debug"

// Panic is the error that a recovered panic becomes; where names who was at work. To be called by the deferred function
// that has recovered, so that the stack in Detail still shows the place.
func Panic(where string, p any) *Error {
	e := New(Internal, 0, "%s: panic: %v", where, p)
	if err, ok := p.(error); ok {
		e.Err = err
	}
	e.Detail = string(debug.Stack())
	return e.WithHint("This is a mistake in millrace; the stack shows where.")
}

// Guard runs fn and makes a panic of it an error.
func Guard(where string, fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Panic(where, p)
		}
	}()
	return fn()
}
