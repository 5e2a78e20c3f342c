package layer_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// A store may hold answers of a time when headers were strings in it.
func TestARecordWithoutFieldsKeepsItsHeader(t *testing.T) {
	record, err := layer.DecodeIdempotency([]byte(`{"Status":201,"Header":{"Location":["/1"]}}`))
	require.NoError(t, err)
	assert.Equal(t, middleware.IdempotencyRecord{Status: 201, Header: http.Header{"Location": {"/1"}}}, record)
}

func TestMisconfiguredNamesThePackageAndUnwraps(t *testing.T) {
	err := layer.Misconfigured("jwt", "Issuer", "%q is empty", "")
	assert.EqualError(t, err, `dram: contrib/jwt: Issuer: "" is empty`)
	var fault *middleware.ConfigError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "Issuer", fault.Field)
	assert.PanicsWithError(t, err.Error(), func() { layer.Must(err) })
	assert.NotPanics(t, func() { layer.Must(nil) })
}
