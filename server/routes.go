package server

import (
	"net/http"
	"reflect"

	"millrace/engine"
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
		{method: "POST", path: "/v1/jobs", id: "submitJob", summary: "Submit a job. What of its text is for the server is done, the rest is kept as a job that runs.", status: http.StatusCreated,
			body: Submission{}, answer: Job{}, errors: []int{http.StatusConflict, http.StatusBadGateway}, handle: (*Server).submit},
		{method: "GET", path: "/v1/jobs", id: "listJobs", summary: "All jobs, the oldest first.", status: http.StatusOK, answer: JobList{}, handle: (*Server).jobs},
		{method: "GET", path: "/v1/jobs/{name}", id: "getJob", summary: "How a job is. Jobs are found by name or id.", status: http.StatusOK, answer: Job{},
			errors: []int{http.StatusNotFound}, handle: (*Server).job},
		{method: "DELETE", path: "/v1/jobs/{name}", id: "cancelJob", summary: "Stop a job for good.", status: http.StatusOK, answer: Job{},
			errors: []int{http.StatusNotFound, http.StatusConflict}, handle: change((*engine.Engine).CancelJob)},
		{method: "POST", path: "/v1/jobs/{name}/pause", id: "pauseJob", summary: "Stop a job after a last checkpoint, until it is resumed.", status: http.StatusOK, answer: Job{},
			errors: []int{http.StatusNotFound, http.StatusConflict}, handle: change((*engine.Engine).PauseJob)},
		{method: "POST", path: "/v1/jobs/{name}/resume", id: "resumeJob", summary: "Let a paused or failed job go on from its last checkpoint.", status: http.StatusOK, answer: Job{},
			errors: []int{http.StatusNotFound, http.StatusConflict}, handle: change((*engine.Engine).ResumeJob)},
		{method: "GET", path: "/v1/jobs/{name}/logs", id: "jobLog", summary: "The newest lines of a job's log; followed, each new one as an event.", status: http.StatusOK, stream: true,
			query: []param{
				{name: "n", doc: "How many lines at most; 0: all that are kept.", kind: reflect.Int, value: "100", max: 100_000},
				{name: "follow", doc: "Go on with new lines, as server-sent events.", kind: reflect.Bool, value: "false"},
			}, answer: Log{}, media: []string{"text/event-stream"}, errors: []int{http.StatusNotFound}, write: (*Server).writeLog},
		{method: "GET", path: "/{$}", id: "page", summary: "The status of the server, for people.", status: http.StatusOK, media: []string{"text/html"}, write: (*Server).writePage},
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
