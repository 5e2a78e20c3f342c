package layer_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

func TestMisconfiguredNamesThePackageAndUnwraps(t *testing.T) {
	err := layer.Misconfigured("jwt", "Issuer", "%q is empty", "")
	assert.EqualError(t, err, `dram: contrib/jwt: Issuer: "" is empty`)
	var fault *middleware.ConfigError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "Issuer", fault.Field)
	assert.PanicsWithError(t, err.Error(), func() { layer.Must(err) })
	assert.NotPanics(t, func() { layer.Must(nil) })
}

func TestFailHidesTheErrorFromTheClient(t *testing.T) {
	dram.SetMode(dram.TestMode)
	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	secret := errors.New("password of the database")
	layer.Fail(c, nil, http.StatusServiceUnavailable, "later", secret)
	assert.True(t, c.IsAborted())
	assert.ErrorIs(t, c.Errors.Last(), secret)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.NotContains(t, w.Body.String(), "password")

	var got middleware.Problem
	layer.Refuse(c, func(_ *dram.Context, p middleware.Problem) { got = p }, http.StatusForbidden, "no")
	assert.Equal(t, middleware.Problem{Title: "Forbidden", Status: 403, Detail: "no"}, got)
}
