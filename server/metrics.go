package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"millrace/engine"
	"millrace/flow"
)

// Metric is a family of figures of /metrics, for the manual.
type Metric struct {
	Name, Help string
	Labels     []string
	Counter    bool // it only grows; else it goes up and down
}

func (m Metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil) }

func (m Metric) kind() prometheus.ValueType {
	if m.Counter {
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}

// emit gives one figure, with the values of the metric's labels.
type emit func(value float64, labels ...string)

// serverMetric is read of the server when somebody asks.
type serverMetric struct {
	Metric
	read func(*Server, emit)
}

var serverMetrics = []serverMetric{
	{Metric{"millrace_ready", "1 once jobs and views are back and requests are answered.", nil, false}, func(s *Server, emit emit) {
		emit(one(s.ready()))
	}},
	{Metric{"millrace_start_time_seconds", "When the server was started, in seconds since 1970.", nil, false}, func(s *Server, emit emit) {
		emit(seconds(s.started))
	}},
	{Metric{"millrace_connections", "Connections that are open.", []string{"door"}, false}, func(s *Server, emit emit) {
		s.eachDoor(func(door string, c *counted) { emit(float64(c.open.Load()), door) })
	}},
	{Metric{"millrace_connections_total", "Connections accepted.", []string{"door"}, true}, func(s *Server, emit emit) {
		s.eachDoor(func(door string, c *counted) { emit(float64(c.total.Load()), door) })
	}},
	{Metric{"millrace_statements_total", "Statements begun, through any door.", nil, true}, func(s *Server, emit emit) {
		emit(float64(s.engine.Load().Counts().Statements))
	}},
	{Metric{"millrace_statements_failed_total", "Statements that failed before they gave a row.", nil, true}, func(s *Server, emit emit) {
		emit(float64(s.engine.Load().Counts().Failed))
	}},
}

// jobsMetric counts all jobs; the others are of those that are not over, whose names no other has.
var jobsMetric = Metric{"millrace_jobs", "Jobs, by state.", []string{"state"}, false}

// jobMetric is read of a job when somebody asks. Its first label is the job's name.
type jobMetric struct {
	Metric
	read func(engine.JobInfo, emit)
}

var jobMetrics = []jobMetric{
	job("up", "1 while it runs; 0 while it starts, restarts, is paused or has failed.", false, func(j engine.JobInfo, emit emit) { emit(one(j.State == engine.Running)) }),
	job("restarts_total", "How often it was started again by itself.", true, func(j engine.JobInfo, emit emit) { emit(float64(j.Restarts)) }),
	job("rows_in_total", "Rows that its sources gave since it was started.", true, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.RowsIn)) }),
	job("rows_out_total", "Rows that it wrote since it was started.", true, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.RowsOut)) }),
	job("rows_dropped_total", "Rows that it left out since it was started, by reason.", true, func(j engine.JobInfo, emit emit) {
		for reason, n := range j.Progress.Dropped {
			emit(float64(n), reason)
		}
	}, "reason"),
	job("bad_records_total", "Records skipped since it was started that can't be decoded.", true, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.BadRecords)) }),
	job("lag_records", "Records known to be waiting; not there where it is not known.", false, func(j engine.JobInfo, emit emit) {
		if j.Progress.Lag >= 0 {
			emit(float64(j.Progress.Lag))
		}
	}),
	job("watermark_delay_seconds", "How far its watermark is behind the clock.", false, func(j engine.JobInfo, emit emit) {
		if w := j.Progress.Watermark; w > flow.MinTime && w < flow.MaxTime {
			emit(time.Since(time.UnixMicro(int64(w))).Seconds())
		}
	}),
	job("checkpoint_epoch", "The number of its newest checkpoint.", false, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.Epoch)) }),
	job("memory_bytes", "Memory in its batches.", false, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.MemBytes)) }),
	job("state_bytes", "Memory in its state: windows, groups, joins.", false, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.StateBytes)) }),
	job("spilled_bytes_total", "Bytes it wrote to disk for want of memory since it was started.", true, func(j engine.JobInfo, emit emit) { emit(float64(j.Progress.Spilled)) }),
}

func job(name, help string, counter bool, read func(engine.JobInfo, emit), labels ...string) jobMetric {
	return jobMetric{Metric{"millrace_job_" + name, help, append([]string{"job"}, labels...), counter}, read}
}

// viewMetric is read of a materialized view when somebody asks.
type viewMetric struct {
	Metric
	read func(engine.ViewInfo, emit)
}

var viewMetrics = []viewMetric{
	view("up", "1 while it is kept up to date; 0 while it starts, restarts, has failed or nobody has needed it yet.", false, func(v engine.ViewInfo, emit emit) { emit(one(v.State == engine.Running)) }),
	view("restarts_total", "How often it was started again by itself.", true, func(v engine.ViewInfo, emit emit) { emit(float64(v.Restarts)) }),
	view("rows_in_total", "Rows and changes that it took in since it was started.", true, func(v engine.ViewInfo, emit emit) { emit(float64(v.Progress.RowsIn)) }),
	view("changes_total", "Changes of its rows since it was started.", true, func(v engine.ViewInfo, emit emit) { emit(float64(v.Progress.RowsOut)) }),
	view("state_bytes", "Memory in its state: groups, joins.", false, func(v engine.ViewInfo, emit emit) { emit(float64(v.Progress.StateBytes)) }),
}

func view(name, help string, counter bool, read func(engine.ViewInfo, emit)) viewMetric {
	return viewMetric{Metric{"millrace_view_" + name, help, []string{"view"}, counter}, read}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func (s *Server) eachDoor(fn func(door string, c *counted)) {
	for _, d := range []struct {
		name string
		l    *counted
	}{{"http", s.http}, {"postgres", s.pg}} {
		if d.l != nil {
			fn(d.name, d.l)
		}
	}
}

// The metrics that the server counts itself.
var (
	requestsMetric = Metric{"millrace_http_requests_total", "Requests answered by HTTP.", []string{"route", "status"}, true}
	secondsMetric  = Metric{"millrace_http_request_seconds", "A histogram of how long answers by HTTP took; what follows a log is in it too.", []string{"route"}, true}
)

// Metrics lists what /metrics has besides the figures of the Go runtime (go_*) and the process (process_*).
func Metrics() []Metric {
	all := []Metric{requestsMetric, secondsMetric}
	for _, m := range serverMetrics {
		all = append(all, m.Metric)
	}
	all = append(all, jobsMetric)
	for _, m := range jobMetrics {
		all = append(all, m.Metric)
	}
	for _, m := range viewMetrics {
		all = append(all, m.Metric)
	}
	return all
}

// metrics is what the server counts itself, and the registry that /metrics prints.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	page     http.Handler
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: requestsMetric.Name, Help: requestsMetric.Help}, requestsMetric.Labels),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: secondsMetric.Name, Help: secondsMetric.Help, Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, secondsMetric.Labels),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.seconds, collector{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

func (m *metrics) answered(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (s *Server) writeMetrics(w http.ResponseWriter, r *request) error {
	s.metrics.page.ServeHTTP(w, r.Request)
	return nil
}

// collector reads the figures that the server and the engine keep anyhow.
type collector struct{ server *Server }

// Describe sends none: what there is depends on the jobs.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect is called for each request.
func (c collector) Collect(out chan<- prometheus.Metric) {
	sender := func(m Metric) emit {
		desc, kind := m.desc(), m.kind()
		return func(v float64, labels ...string) { out <- prometheus.MustNewConstMetric(desc, kind, v, labels...) }
	}
	for _, m := range serverMetrics {
		m.read(c.server, sender(m.Metric))
	}
	byState := map[engine.State]int{}
	jobs := c.server.engine.Load().Jobs()
	for _, j := range jobs {
		byState[j.State]++
	}
	send := sender(jobsMetric)
	for state, n := range byState {
		send(float64(n), string(state))
	}
	for _, m := range jobMetrics {
		send := sender(m.Metric)
		for _, j := range jobs {
			if j.State != engine.Finished && j.State != engine.Cancelled {
				m.read(j, func(v float64, labels ...string) { send(v, append([]string{j.Name}, labels...)...) })
			}
		}
	}
	views, err := c.server.engine.Load().Views(context.Background())
	if err != nil {
		c.server.log.Warn("the materialized views can't be listed", "error", err)
	}
	for _, m := range viewMetrics {
		send := sender(m.Metric)
		for _, v := range views {
			m.read(v, func(value float64, labels ...string) { send(value, append([]string{v.Name}, labels...)...) })
		}
	}
}
