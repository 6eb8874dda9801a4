package server

import (
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object of the OpenAPI document.
type object = map[string]any

// openapi describes the routes by OpenAPI 3.1. Types of requests and answers are described from their Go types.
func openapi(routes []route, version string) object {
	schemas := object{}
	problem := object{"application/problem+json": object{"schema": schemaOf(reflect.TypeFor[Problem](), schemas, false)}}
	paths := map[string]object{}
	for i := range routes {
		rt := &routes[i]
		answers := object{strconv.Itoa(rt.status): rt.described(schemas)}
		for _, status := range rt.allErrors() {
			answers[strconv.Itoa(status)] = object{"description": http.StatusText(status), "content": problem}
		}
		op := object{"operationId": rt.id, "summary": rt.summary, "responses": answers}
		if rt.open {
			op["security"] = []object{}
		}
		var params []object
		for _, m := range pathParam.FindAllStringSubmatch(rt.path, -1) {
			params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
		}
		for _, p := range rt.query {
			params = append(params, p.described())
		}
		if params != nil {
			op["parameters"] = params
		}
		if rt.body != nil {
			op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": schemaOf(reflect.TypeOf(rt.body), schemas, true)}}}
		}
		path := strings.TrimSuffix(rt.path, "{$}")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path][strings.ToLower(rt.method)] = op
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "millrace", "version": version,
			"description": "Continuous SQL jobs: submit, watch, pause, resume, cancel.",
			"license":     object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"security":   []object{{"basic": []string{}}},
		"paths":      paths,
		"components": object{"schemas": schemas, "securitySchemes": object{"basic": object{"type": "http", "scheme": "basic"}}},
	}
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// allErrors are the statuses other than the good one that a route can give.
func (rt *route) allErrors() []int {
	all := append([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable}, rt.errors...)
	if !rt.open {
		all = append(all, http.StatusUnauthorized)
	}
	if rt.body != nil {
		all = append(all, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return all
}

func (rt *route) described(schemas object) object {
	content := object{}
	if rt.answer != nil {
		content["application/json"] = object{"schema": schemaOf(reflect.TypeOf(rt.answer), schemas, false)}
	}
	for _, media := range rt.media {
		content[media] = object{"schema": object{"type": "string"}}
	}
	d := object{"description": http.StatusText(rt.status)}
	if len(content) > 0 {
		d["content"] = content
	}
	return d
}

func (p param) described() object {
	schema := object{"type": "boolean", "default": p.value == "true"}
	if p.kind == reflect.Int {
		n, _ := strconv.Atoi(p.value)
		schema = object{"type": "integer", "minimum": p.min, "maximum": p.max, "default": n}
	}
	return object{"name": p.name, "in": "query", "description": p.doc, "schema": schema}
}

// field is one field of a JSON object.
type field struct {
	name     string
	optional bool
	reflect.StructField
}

func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		all = append(all, field{name, strings.Contains(rest, "omit"), f})
	}
	return all
}

// schemaOf describes a Go type as encoding/json writes it. Structs go into schemas, by name. A closed one has no other fields.
func schemaOf(t reflect.Type, schemas object, closed bool) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem(), schemas, closed)
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Interface:
		return object{}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), schemas, closed)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem(), schemas, closed)}
	case reflect.Struct:
		ref := object{"$ref": "#/components/schemas/" + t.Name()}
		if schemas[t.Name()] != nil {
			return ref
		}
		s, properties, required := object{"type": "object"}, object{}, []string{}
		schemas[t.Name()] = s
		for _, f := range fieldsOf(t) {
			p := schemaOf(f.Type, schemas, closed)
			if doc := f.Tag.Get("doc"); doc != "" {
				p["description"] = doc
			}
			if words := f.Tag.Get("enum"); words != "" {
				p["enum"] = strings.Split(words, ",")
			}
			properties[f.name] = p
			if !f.optional {
				required = append(required, f.name)
			}
		}
		s["properties"] = properties
		if len(required) > 0 {
			s["required"] = required
		}
		if closed {
			s["additionalProperties"] = false
		}
		return ref
	}
	panic("no JSON schema for " + t.String())
}
