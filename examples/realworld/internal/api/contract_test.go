package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/apidoc"
)

// contract holds answers against the OpenAPI document.
type contract struct {
	doc     *openapi3.T
	router  routers.Router
	dialect api.Dialect

	mu   sync.Mutex
	seen map[string]bool // "operation status"
}

// undocumented are the statuses that the document leaves out and public clients expect.
var undocumented = []int{http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge}

func loadContract(t *testing.T, dialect api.Dialect) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(apidoc.JSON)
	require.NoError(t, err)
	router, err := legacy.NewRouter(doc)
	require.NoError(t, err)
	return &contract{doc: doc, router: router, dialect: dialect, seen: map[string]bool{}}
}

// check returns what is wrong with the answer to req.
func (k *contract) check(req *http.Request, r reply) error {
	// The document's server is the path /api, so the router looks at the path alone.
	route, params, err := k.router.FindRoute(&http.Request{Method: req.Method, URL: &url.URL{Path: req.URL.Path}})
	if err != nil {
		if r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed {
			return k.isError(r)
		}
		return fmt.Errorf("no operation of the document: %w", err)
	}
	k.mu.Lock()
	k.seen[fmt.Sprintf("%s %d", route.Operation.OperationID, r.status)] = true
	k.mu.Unlock()
	if k.dialect != api.OpenAPI {
		return nil // not to the letter; see dialect_test.go
	}
	if slices.Contains(undocumented, r.status) {
		return k.isError(r)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 r.status,
		Header:                 r.header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(r.raw)
	if err := openapi3filter.ValidateResponse(req.Context(), input); err != nil {
		return err
	}
	if r.status == http.StatusUnauthorized { // the document says nothing of its body
		return k.isError(r)
	}
	if r.status == http.StatusNoContent && len(r.raw) > 0 {
		return fmt.Errorf("204 with a body: %s", r.raw)
	}
	return nil
}

func (k *contract) isError(r reply) error {
	return k.doc.Components.Schemas["GenericErrorModel"].Value.VisitJSON(r.body)
}

// complete checks that the suite saw each operation succeed and, where the document
// wants a token, refuse the lack of one.
func (k *contract) complete(t *testing.T) {
	for _, item := range k.doc.Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				secured := op.Security != nil && len(*op.Security) > 0
				if strings.HasPrefix(status, "2") || status == "401" && (secured || op.OperationID == "Login") {
					assert.True(t, k.seen[op.OperationID+" "+status], "%s never answered %s", op.OperationID, status)
				}
			}
		}
	}
}

// TestContractNotices shows that the check can fail.
func TestContractNotices(t *testing.T) {
	k := loadContract(t, api.OpenAPI)
	json := http.Header{"Content-Type": {"application/json"}}
	for name, c := range map[string]struct {
		method, path string
		reply        reply
		want         string
	}{
		"undocumented status": {"POST", "/api/users", reply{status: 200, header: json, raw: []byte(`{}`)}, "status is not supported"},
		"a member is missing": {"GET", "/api/tags", reply{status: 200, header: json, raw: []byte(`{}`)}, "'tags'"},
		"null for a string":   {"GET", "/api/profiles/x", reply{status: 200, header: json, raw: []byte(`{"profile":{"username":"x","bio":null,"image":"","following":false}}`)}, "bio"},
		"a time that is none": {"GET", "/api/articles/x/comments", reply{status: 200, header: json, raw: []byte(
			`{"comments":[{"id":1,"body":"b","createdAt":"yesterday","updatedAt":"2026-01-01T00:00:00.000Z","author":{"username":"x","bio":"","image":"","following":false}}]}`)}, "createdAt"},
		"an error without body":   {"GET", "/api/articles/x", reply{status: 404, header: json, body: map[string]any{"errors": map[string]any{}}}, `"body"`},
		"no operation":            {"GET", "/api/nothing", reply{status: 200, header: json}, "no operation"},
		"a body that is too much": {"DELETE", "/api/articles/x", reply{status: 204, header: json, raw: []byte(`{}`)}, "204 with a body"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, c.path, nil)
			require.NoError(t, err)
			assert.ErrorContains(t, k.check(req, c.reply), c.want)
		})
	}
}
