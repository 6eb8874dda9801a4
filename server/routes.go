package server

import (
	"net/http"
)

// routes is the one list of what is answered by HTTP.
func routes() []route {
	return []route{
		{method: "GET", path: "/healthz", id: "health", summary: "Whether the process lives.", open: true, status: http.StatusOK, answer: Health{},
			handle: func(*Server, *request) (any, error) { return Health{"ok"}, nil }},
		{method: "GET", path: "/readyz", id: "ready", summary: "Whether jobs and views are back and requests are answered.", open: true, status: http.StatusOK, answer: Health{},
			handle: (*Server).readyz},
		{method: "GET", path: "/v1/openapi.json", id: "openapi", summary: "This document.", open: true, status: http.StatusOK, answer: object{},
			handle: func(s *Server, _ *request) (any, error) { return openapi(s.routes, s.version), nil }},
		{method: "GET", path: "/metrics", id: "metrics", summary: "Figures for Prometheus.", status: http.StatusOK, media: []string{"text/plain"},
			write: (*Server).writeMetrics},
	}
}

// Health is what a supervisor asks for.
type Health struct {
	Status string `json:"status" doc:"ok."`
}

func (s *Server) readyz(*request) (any, error) {
	if !s.ready() {
		return nil, refuse(http.StatusServiceUnavailable, cannotConnectNow, "the server is starting or stopping").withHeader("Retry-After", "1")
	}
	return Health{"ok"}, nil
}
