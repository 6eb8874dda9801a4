package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"millrace/engine"
	"millrace/sqlerr"
)

// route is one request that is answered. The mux and the OpenAPI document are both made of the table of routes.
type route struct {
	method, path string
	id           string // in the OpenAPI document, the access log and the metrics
	summary      string
	open         bool    // answered to everybody, also while the server starts
	stream       bool    // may go on without end
	query        []param // what may stand behind the ?
	body         any     // a value of the request's type; nil: it has none
	status       int     // when all went well
	answer       any     // a value of the answer's type, sent as JSON; nil: see media
	media        []string
	errors       []int // those that every route has left out
	handle       func(*Server, *request) (any, error)
	write        func(*Server, http.ResponseWriter, *request) error // in place of handle: writes the answer itself
}

// param is a parameter of the query.
type param struct {
	name, doc string
	kind      reflect.Kind // Int or Bool
	value     string       // the default
	min, max  int
}

// request is one request, with its body read and its caller known.
type request struct {
	*http.Request
	engine *engine.Engine // nil: of an open route
	body   any            // a pointer to the route's type
	query  map[string]string
	header http.Header // of the answer
	text   string      // the SQL that the place of an error is in
}

func (r *request) int(name string) int   { n, _ := strconv.Atoi(r.query[name]); return n }
func (r *request) bool(name string) bool { return r.query[name] == "true" }

// readQuery takes the parameters that the route has, and no others.
func (rt *route) readQuery(r *request) error {
	r.query = map[string]string{}
	var known []string
	for _, p := range rt.query {
		r.query[p.name] = p.value
		known = append(known, p.name)
	}
	bad := func(format string, args ...any) *httpError {
		return refuse(http.StatusBadRequest, sqlerr.InvalidParameterValue, format, args...)
	}
	for name, values := range r.URL.Query() {
		i := slices.Index(known, name)
		switch {
		case i < 0:
			return bad("there is no parameter %q here", name).withHint("%s", sqlerr.Suggest(name, known))
		case len(values) > 1:
			return bad("parameter %q is given more than once", name)
		}
		p, v := rt.query[i], values[0]
		switch p.kind {
		case reflect.Int:
			if n, err := strconv.Atoi(v); err != nil || n < p.min || n > p.max {
				return bad("parameter %s is %q, not a whole number from %d to %d", name, v, p.min, p.max)
			}
		case reflect.Bool:
			if v != "true" && v != "false" {
				return bad("parameter %s is %q, not true or false", name, v)
			}
		}
		r.query[name] = v
	}
	return nil
}

// readBody decodes the body strictly: a field that is not known is an error, for it would do nothing.
func (rt *route) readBody(r *request) error {
	if rt.body == nil {
		// A body that nobody reads is refused, lest its sender believe that it did something.
		if n, err := io.CopyN(io.Discard, r.Body, 1); n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return refuse(http.StatusBadRequest, sqlerr.ProtocolViolation, "%s %s takes no body", rt.method, rt.path)
		}
		return nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, sqlerr.ProtocolViolation, "the body must be application/json").
			withHint("Send the header Content-Type: application/json.")
	}
	text, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, sqlerr.ProgramLimitExceeded, "the body is larger than %s", Bytes(tooLarge.Limit)).
			withHint("The setting http.max_body says how large it may be.")
	}
	if err != nil {
		return refuse(http.StatusBadRequest, sqlerr.ProtocolViolation, "reading the body: %v", err)
	}
	r.body = reflect.New(reflect.TypeOf(rt.body)).Interface()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r.body); err != nil {
		return rt.badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, sqlerr.InvalidText, "there is something behind the JSON object of the body")
	}
	return nil
}

func (rt *route) badJSON(err error) error {
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, _ := strconv.Unquote(quoted)
		var known []string
		for _, f := range fieldsOf(reflect.TypeOf(rt.body)) {
			known = append(known, f.name)
		}
		return refuse(http.StatusBadRequest, sqlerr.InvalidText, "the body has a field %q, which is not known", name).withHint("%s", sqlerr.Suggest(name, known))
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return refuse(http.StatusBadRequest, sqlerr.InvalidText, "field %s of the body is a %s, which does not fit", wrong.Field, wrong.Value)
	}
	return refuse(http.StatusBadRequest, sqlerr.InvalidText, "the body is not the JSON that is expected: %s", strings.TrimPrefix(err.Error(), "json: "))
}
