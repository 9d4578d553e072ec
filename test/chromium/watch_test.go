package chromium

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch records the events of a tab: each request with its size, and each event
// that means a fault of the page.
type watch struct {
	mu       sync.Mutex
	host     string
	allowed  []string // parts of the faults that the test causes
	wrong    []string
	requests []*request
	loads    int // load events
	moves    []page.NavigationType
}

// request is one request of a tab.
type request struct {
	id       network.RequestID
	Method   string
	URL      string
	Type     network.ResourceType
	Status   int
	Header   network.Headers
	Bytes    int // on the wire, with the headers
	Cached   bool
	Finished bool
}

// see is the listener of the tab. It only records, as it must not send commands.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.sent(e)
	case *network.EventResponseReceived:
		w.received(e)
	case *network.EventLoadingFinished:
		if r := w.request(e.RequestID); r != nil {
			r.Bytes, r.Finished = int(e.EncodedDataLength), true
		}
	case *network.EventRequestServedFromCache:
		if r := w.request(e.RequestID); r != nil {
			r.Cached = true
		}
	case *network.EventLoadingFailed:
		w.failed(e)
	case *page.EventLoadEventFired:
		w.loads++
	case *page.EventFrameNavigated:
		w.moves = append(w.moves, e.Type)
	default:
		w.complaint(event)
	}
}

func (w *watch) sent(e *network.EventRequestWillBeSent) {
	if e.RedirectResponse != nil {
		if r := w.request(e.RequestID); r != nil {
			r.Status, r.Header, r.Finished = int(e.RedirectResponse.Status), e.RedirectResponse.Headers, true
			r.Bytes = int(e.RedirectResponse.EncodedDataLength)
			r.id = ""
		}
	}
	if to, err := url.Parse(e.Request.URL); err != nil || to.Scheme != "data" && to.Host != w.host {
		w.wrong = append(w.wrong, "a request to another origin: "+e.Request.URL)
	}
	w.requests = append(w.requests, &request{id: e.RequestID, Method: e.Request.Method, URL: e.Request.URL, Type: e.Type})
}

func (w *watch) received(e *network.EventResponseReceived) {
	r := w.request(e.RequestID)
	if r == nil {
		return
	}
	r.Status, r.Header = int(e.Response.Status), e.Response.Headers
	r.Cached = r.Cached || e.Response.FromDiskCache
	if r.Status >= 400 {
		w.wrong = append(w.wrong, fmt.Sprintf("status of %d: %s %s", r.Status, r.Method, r.URL))
	}
}

func (w *watch) failed(e *network.EventLoadingFailed) {
	r := w.request(e.RequestID)
	if r == nil || r.Type == network.ResourceTypePing {
		return
	}
	r.Finished = true
	// When the tab leaves a page, the browser cancels its pending requests.
	if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
		w.wrong = append(w.wrong, fmt.Sprintf("%s: %s %s", e.ErrorText, r.Method, r.URL))
	}
}

func (w *watch) complaint(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		// A busy browser skips the transition between two pages and reports it as
		// an exception, even with JavaScript off.
		what := thrown(e.ExceptionDetails)
		if strings.Contains(what, "Transition was aborted because of") || strings.Contains(what, "Transition was skipped") {
			return
		}
		w.wrong = append(w.wrong, "exception: "+what)
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeLog && e.Type != runtime.ConsoleAPICalledTypeDebug {
			w.wrong = append(w.wrong, fmt.Sprintf("console.%s: %s", e.Type, consoleText(e.Args)))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.wrong = append(w.wrong, fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *audits.EventIssueAdded:
		w.wrong = append(w.wrong, "issue: "+issue(e.Issue))
	case *inspector.EventTargetCrashed:
		w.wrong = append(w.wrong, "the tab crashed")
	}
}

// request returns the newest request with the id, which redirects share.
func (w *watch) request(id network.RequestID) *request {
	for _, r := range slices.Backward(w.requests) {
		if r.id == id {
			return r
		}
	}
	return nil
}

// complaints returns the faults that the test has not allowed.
func (w *watch) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var left []string
	for _, sentence := range w.wrong {
		if !slices.ContainsFunc(w.allowed, func(part string) bool { return strings.Contains(sentence, part) }) {
			left = append(left, sentence)
		}
	}
	return left
}

func (w *watch) allow(parts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = append(w.allowed, parts...)
}

// since returns the requests after the first n.
func (w *watch) since(n int) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []request
	for _, r := range w.requests[n:] {
		list = append(list, *r)
	}
	return list
}

// count returns how many load events and requests there were.
func (w *watch) count() (loads, requests int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loads, len(w.requests)
}

// posts returns the paths of the POST requests.
func posts(list []request) []string {
	var paths []string
	for _, r := range list {
		if r.Method == "POST" {
			paths = append(paths, r.path())
		}
	}
	return paths
}

func (r request) path() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	return u.Path
}

func thrown(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	return e.Text
}

func consoleText(args []*runtime.RemoteObject) string {
	var words []string
	for _, arg := range args {
		if arg.Description != "" {
			words = append(words, arg.Description)
		} else {
			words = append(words, string(arg.Value))
		}
	}
	return strings.Join(words, " ")
}

// issue returns an issue of the browser's inspector as text, such as a blocked load,
// a refused cookie or a field that autofill does not know.
func issue(i *audits.InspectorIssue) string {
	details, err := json.Marshal(i.Details)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s", i.Code, details)
}
