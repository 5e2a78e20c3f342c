package dram_test

import (
	"encoding/xml"
	"html/template"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/render"
)

// Each identifier of Gin's API that a program may use, with its signature: this
// file does not compile when one is missing or changed. Engine.RunQUIC alone is
// elsewhere, in contrib/http3.

var _ map[string]string = dram.Accounts(nil)

const _ string = dram.AuthProxyUserKey
const _ string = dram.AuthUserKey

var _ func(dram.Accounts) dram.HandlerFunc = dram.BasicAuth
var _ func(dram.Accounts, string) dram.HandlerFunc = dram.BasicAuthForProxy
var _ func(dram.Accounts, string) dram.HandlerFunc = dram.BasicAuthForRealm
var _ func(any) dram.HandlerFunc = dram.Bind

const _ string = dram.BindKey
const _ string = dram.BodyBytesKey

var _ = (*dram.Context)(nil)
var _ func(*dram.Context) = (*dram.Context).Abort
var _ func(*dram.Context, int, error) *dram.Error = (*dram.Context).AbortWithError
var _ func(*dram.Context, int) = (*dram.Context).AbortWithStatus
var _ func(*dram.Context, int, any) = (*dram.Context).AbortWithStatusJSON
var _ func(*dram.Context, int, any) = (*dram.Context).AbortWithStatusPureJSON
var _ = func(v *dram.Context) *[]string { return &v.Accepted }
var _ func(*dram.Context, string, string) = (*dram.Context).AddParam
var _ func(*dram.Context, int, any) = (*dram.Context).AsciiJSON
var _ func(*dram.Context, int, any) = (*dram.Context).BSON
var _ func(*dram.Context, any) error = (*dram.Context).Bind
var _ func(*dram.Context, any) error = (*dram.Context).BindHeader
var _ func(*dram.Context, any) error = (*dram.Context).BindJSON
var _ func(*dram.Context, any) error = (*dram.Context).BindPlain
var _ func(*dram.Context, any) error = (*dram.Context).BindQuery
var _ func(*dram.Context, any) error = (*dram.Context).BindTOML
var _ func(*dram.Context, any) error = (*dram.Context).BindUri
var _ func(*dram.Context, any, binding.Binding) error = (*dram.Context).BindWith
var _ func(*dram.Context, any) error = (*dram.Context).BindXML
var _ func(*dram.Context, any) error = (*dram.Context).BindYAML
var _ func(*dram.Context) string = (*dram.Context).ClientIP
var _ func(*dram.Context) string = (*dram.Context).ContentType
var _ func(*dram.Context, string) (string, error) = (*dram.Context).Cookie
var _ func(*dram.Context) *dram.Context = (*dram.Context).Copy
var _ func(*dram.Context, int, string, []byte) = (*dram.Context).Data
var _ func(*dram.Context, int, int64, string, io.Reader, map[string]string) = (*dram.Context).DataFromReader
var _ func(*dram.Context) (time.Time, bool) = (*dram.Context).Deadline
var _ func(*dram.Context, string, string) string = (*dram.Context).DefaultPostForm
var _ func(*dram.Context, string, string) string = (*dram.Context).DefaultQuery
var _ func(*dram.Context, any) = (*dram.Context).Delete
var _ func(*dram.Context) <-chan struct{} = (*dram.Context).Done
var _ func(*dram.Context) error = (*dram.Context).Err
var _ func(*dram.Context, error) *dram.Error = (*dram.Context).Error
var _ = func(v *dram.Context) any { return v.Errors }
var _ func(*dram.Context, string) = (*dram.Context).File
var _ func(*dram.Context, string, string) = (*dram.Context).FileAttachment
var _ func(*dram.Context, string, http.FileSystem) = (*dram.Context).FileFromFS
var _ func(*dram.Context, string) (*multipart.FileHeader, error) = (*dram.Context).FormFile
var _ func(*dram.Context) string = (*dram.Context).FullPath
var _ func(*dram.Context, any) (any, bool) = (*dram.Context).Get
var _ func(*dram.Context, any) bool = (*dram.Context).GetBool
var _ func(*dram.Context, any) time.Duration = (*dram.Context).GetDuration
var _ func(*dram.Context, any) error = (*dram.Context).GetError
var _ func(*dram.Context, any) []error = (*dram.Context).GetErrorSlice
var _ func(*dram.Context, any) float32 = (*dram.Context).GetFloat32
var _ func(*dram.Context, any) []float32 = (*dram.Context).GetFloat32Slice
var _ func(*dram.Context, any) float64 = (*dram.Context).GetFloat64
var _ func(*dram.Context, any) []float64 = (*dram.Context).GetFloat64Slice
var _ func(*dram.Context, string) string = (*dram.Context).GetHeader
var _ func(*dram.Context, any) int = (*dram.Context).GetInt
var _ func(*dram.Context, any) int16 = (*dram.Context).GetInt16
var _ func(*dram.Context, any) []int16 = (*dram.Context).GetInt16Slice
var _ func(*dram.Context, any) int32 = (*dram.Context).GetInt32
var _ func(*dram.Context, any) []int32 = (*dram.Context).GetInt32Slice
var _ func(*dram.Context, any) int64 = (*dram.Context).GetInt64
var _ func(*dram.Context, any) []int64 = (*dram.Context).GetInt64Slice
var _ func(*dram.Context, any) int8 = (*dram.Context).GetInt8
var _ func(*dram.Context, any) []int8 = (*dram.Context).GetInt8Slice
var _ func(*dram.Context, any) []int = (*dram.Context).GetIntSlice
var _ func(*dram.Context, string) (string, bool) = (*dram.Context).GetPostForm
var _ func(*dram.Context, string) ([]string, bool) = (*dram.Context).GetPostFormArray
var _ func(*dram.Context, string) (map[string]string, bool) = (*dram.Context).GetPostFormMap
var _ func(*dram.Context, string) (string, bool) = (*dram.Context).GetQuery
var _ func(*dram.Context, string) ([]string, bool) = (*dram.Context).GetQueryArray
var _ func(*dram.Context, string) (map[string]string, bool) = (*dram.Context).GetQueryMap
var _ func(*dram.Context) ([]byte, error) = (*dram.Context).GetRawData
var _ func(*dram.Context, any) string = (*dram.Context).GetString
var _ func(*dram.Context, any) map[string]any = (*dram.Context).GetStringMap
var _ func(*dram.Context, any) map[string]string = (*dram.Context).GetStringMapString
var _ func(*dram.Context, any) map[string][]string = (*dram.Context).GetStringMapStringSlice
var _ func(*dram.Context, any) []string = (*dram.Context).GetStringSlice
var _ func(*dram.Context, any) time.Time = (*dram.Context).GetTime
var _ func(*dram.Context, any) uint = (*dram.Context).GetUint
var _ func(*dram.Context, any) uint16 = (*dram.Context).GetUint16
var _ func(*dram.Context, any) []uint16 = (*dram.Context).GetUint16Slice
var _ func(*dram.Context, any) uint32 = (*dram.Context).GetUint32
var _ func(*dram.Context, any) []uint32 = (*dram.Context).GetUint32Slice
var _ func(*dram.Context, any) uint64 = (*dram.Context).GetUint64
var _ func(*dram.Context, any) []uint64 = (*dram.Context).GetUint64Slice
var _ func(*dram.Context, any) uint8 = (*dram.Context).GetUint8
var _ func(*dram.Context, any) []uint8 = (*dram.Context).GetUint8Slice
var _ func(*dram.Context, any) []uint = (*dram.Context).GetUintSlice
var _ func(*dram.Context, int, string, any) = (*dram.Context).HTML
var _ func(*dram.Context) dram.HandlerFunc = (*dram.Context).Handler
var _ func(*dram.Context) string = (*dram.Context).HandlerName
var _ func(*dram.Context) []string = (*dram.Context).HandlerNames
var _ func(*dram.Context, string, string) = (*dram.Context).Header
var _ func(*dram.Context, int, any) = (*dram.Context).IndentedJSON
var _ func(*dram.Context) bool = (*dram.Context).IsAborted
var _ func(*dram.Context) bool = (*dram.Context).IsWebsocket
var _ func(*dram.Context, int, any) = (*dram.Context).JSON
var _ func(*dram.Context, int, any) = (*dram.Context).JSONP
var _ = func(v *dram.Context) *map[any]any { return &v.Keys }
var _ func(*dram.Context) (*multipart.Form, error) = (*dram.Context).MultipartForm
var _ func(*dram.Context, any, binding.Binding) error = (*dram.Context).MustBindWith
var _ func(*dram.Context, any) any = (*dram.Context).MustGet
var _ func(*dram.Context, int, dram.Negotiate) = (*dram.Context).Negotiate
var _ func(*dram.Context, ...string) string = (*dram.Context).NegotiateFormat
var _ func(*dram.Context) = (*dram.Context).Next
var _ func(*dram.Context, string) string = (*dram.Context).Param
var _ = func(v *dram.Context) *dram.Params { return &v.Params }
var _ func(*dram.Context, string) string = (*dram.Context).PostForm
var _ func(*dram.Context, string) []string = (*dram.Context).PostFormArray
var _ func(*dram.Context, string) map[string]string = (*dram.Context).PostFormMap
var _ func(*dram.Context, int, any) = (*dram.Context).ProtoBuf
var _ func(*dram.Context, int, any) = (*dram.Context).PureJSON
var _ func(*dram.Context, string) string = (*dram.Context).Query
var _ func(*dram.Context, string) []string = (*dram.Context).QueryArray
var _ func(*dram.Context, string) map[string]string = (*dram.Context).QueryMap
var _ func(*dram.Context, int, string) = (*dram.Context).Redirect
var _ func(*dram.Context) string = (*dram.Context).RemoteIP
var _ func(*dram.Context, int, render.Render) = (*dram.Context).Render
var _ = func(v *dram.Context) **http.Request { return &v.Request }
var _ func(*dram.Context, string, any) = (*dram.Context).SSEvent
var _ func(*dram.Context, *multipart.FileHeader, string, ...fs.FileMode) error = (*dram.Context).SaveUploadedFile
var _ func(*dram.Context, int, any) = (*dram.Context).SecureJSON
var _ func(*dram.Context, any, any) = (*dram.Context).Set
var _ func(*dram.Context, ...string) = (*dram.Context).SetAccepted
var _ func(*dram.Context, string, string, int, string, string, bool, bool) = (*dram.Context).SetCookie
var _ func(*dram.Context, *http.Cookie) = (*dram.Context).SetCookieData
var _ func(*dram.Context, http.SameSite) = (*dram.Context).SetSameSite
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBind
var _ func(*dram.Context, any, binding.BindingBody) error = (*dram.Context).ShouldBindBodyWith
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindBodyWithJSON
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindBodyWithPlain
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindBodyWithTOML
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindBodyWithXML
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindBodyWithYAML
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindHeader
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindJSON
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindPlain
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindQuery
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindTOML
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindUri
var _ func(*dram.Context, any, binding.Binding) error = (*dram.Context).ShouldBindWith
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindXML
var _ func(*dram.Context, any) error = (*dram.Context).ShouldBindYAML
var _ func(*dram.Context, int) = (*dram.Context).Status
var _ func(*dram.Context, func(io.Writer) bool) bool = (*dram.Context).Stream
var _ func(*dram.Context, int, string, ...any) = (*dram.Context).String
var _ func(*dram.Context, int, any) = (*dram.Context).TOML
var _ func(*dram.Context, any) any = (*dram.Context).Value
var _ = func(v *dram.Context) *dram.ResponseWriter { return &v.Writer }
var _ func(*dram.Context, int, any) = (*dram.Context).XML
var _ func(*dram.Context, int, any) = (*dram.Context).YAML

const _ string = dram.ContextKey

var _ = int(dram.ContextKeyType(0))

const _ dram.ContextKeyType = dram.ContextRequestKey

var _ func(http.ResponseWriter) (*dram.Context, *dram.Engine) = dram.CreateTestContext
var _ func(http.ResponseWriter, *dram.Engine) *dram.Context = dram.CreateTestContextOnly
var _ func(dram.RecoveryFunc) dram.HandlerFunc = dram.CustomRecovery
var _ func(io.Writer, dram.RecoveryFunc) dram.HandlerFunc = dram.CustomRecoveryWithWriter

const _ string = dram.DebugMode

var _ func(string, ...any) = dram.DebugPrintFunc
var _ func(string, string, string, int) = dram.DebugPrintRouteFunc
var _ func(...dram.OptionFunc) *dram.Engine = dram.Default
var _ io.Writer = dram.DefaultErrorWriter
var _ io.Writer = dram.DefaultWriter
var _ func(string, bool) http.FileSystem = dram.Dir
var _ func() = dram.DisableBindValidation
var _ func() = dram.DisableConsoleColor
var _ func() = dram.EnableJsonDecoderDisallowUnknownFields
var _ func() = dram.EnableJsonDecoderUseNumber
var _ = (*dram.Engine)(nil)
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).Any
var _ = func(v *dram.Engine) *bool { return &v.AppEngine }
var _ func(*dram.Engine) string = (*dram.Engine).BasePath
var _ = func(v *dram.Engine) *bool { return &v.ContextWithFallback }
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).DELETE
var _ func(*dram.Engine, string, string) *dram.Engine = (*dram.Engine).Delims
var _ = func(v *dram.Engine) *bool { return &v.ForwardedByClientIP }
var _ = func(v *dram.Engine) *template.FuncMap { return &v.FuncMap }
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).GET
var _ func(*dram.Engine, string, ...dram.HandlerFunc) *dram.RouterGroup = (*dram.Engine).Group
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).HEAD
var _ = func(v *dram.Engine) *render.HTMLRender { return &v.HTMLRender }
var _ func(*dram.Engine, string, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).Handle
var _ func(*dram.Engine, *dram.Context) = (*dram.Engine).HandleContext
var _ = func(v *dram.Engine) *bool { return &v.HandleMethodNotAllowed }
var _ func(*dram.Engine) http.Handler = (*dram.Engine).Handler
var _ func(*dram.Engine, http.FileSystem, ...string) = (*dram.Engine).LoadHTMLFS
var _ func(*dram.Engine, ...string) = (*dram.Engine).LoadHTMLFiles
var _ func(*dram.Engine, string) = (*dram.Engine).LoadHTMLGlob
var _ func(*dram.Engine, []string, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).Match
var _ = func(v *dram.Engine) *int64 { return &v.MaxMultipartMemory }
var _ func(*dram.Engine, ...dram.HandlerFunc) = (*dram.Engine).NoMethod
var _ func(*dram.Engine, ...dram.HandlerFunc) = (*dram.Engine).NoRoute
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).OPTIONS
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).PATCH
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).POST
var _ func(*dram.Engine, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).PUT
var _ = func(v *dram.Engine) *bool { return &v.RedirectFixedPath }
var _ = func(v *dram.Engine) *bool { return &v.RedirectTrailingSlash }
var _ = func(v *dram.Engine) *[]string { return &v.RemoteIPHeaders }
var _ = func(v *dram.Engine) *bool { return &v.RemoveExtraSlash }
var _ = func(v *dram.Engine) *dram.RouterGroup { return &v.RouterGroup }
var _ func(*dram.Engine) dram.RoutesInfo = (*dram.Engine).Routes
var _ func(*dram.Engine, ...string) error = (*dram.Engine).Run
var _ func(*dram.Engine, int) error = (*dram.Engine).RunFd
var _ func(*dram.Engine, net.Listener) error = (*dram.Engine).RunListener
var _ func(*dram.Engine, string, string, string) error = (*dram.Engine).RunTLS
var _ func(*dram.Engine, string) error = (*dram.Engine).RunUnix
var _ func(*dram.Engine, string) *dram.Engine = (*dram.Engine).SecureJsonPrefix
var _ func(*dram.Engine, http.ResponseWriter, *http.Request) = (*dram.Engine).ServeHTTP
var _ func(*dram.Engine, template.FuncMap) = (*dram.Engine).SetFuncMap
var _ func(*dram.Engine, *template.Template) = (*dram.Engine).SetHTMLTemplate
var _ func(*dram.Engine, []string) error = (*dram.Engine).SetTrustedProxies
var _ func(*dram.Engine, string, string) dram.IRoutes = (*dram.Engine).Static
var _ func(*dram.Engine, string, http.FileSystem) dram.IRoutes = (*dram.Engine).StaticFS
var _ func(*dram.Engine, string, string) dram.IRoutes = (*dram.Engine).StaticFile
var _ func(*dram.Engine, string, string, http.FileSystem) dram.IRoutes = (*dram.Engine).StaticFileFS
var _ = func(v *dram.Engine) *string { return &v.TrustedPlatform }
var _ = func(v *dram.Engine) *bool { return &v.UnescapePathValues }
var _ func(*dram.Engine, ...dram.HandlerFunc) dram.IRoutes = (*dram.Engine).Use
var _ = func(v *dram.Engine) *bool { return &v.UseEscapedPath }
var _ = func(v *dram.Engine) *bool { return &v.UseH2C }
var _ = func(v *dram.Engine) *bool { return &v.UseRawPath }
var _ func(*dram.Engine, ...dram.OptionFunc) *dram.Engine = (*dram.Engine).With

const _ string = dram.EnvGinMode

var _ = (*dram.Error)(nil)
var _ = func(v *dram.Error) *error { return &v.Err }
var _ func(dram.Error) string = dram.Error.Error
var _ func(*dram.Error, dram.ErrorType) bool = (*dram.Error).IsType
var _ func(*dram.Error) any = (*dram.Error).JSON
var _ func(*dram.Error) ([]byte, error) = (*dram.Error).MarshalJSON
var _ = func(v *dram.Error) *any { return &v.Meta }
var _ func(*dram.Error, any) *dram.Error = (*dram.Error).SetMeta
var _ func(*dram.Error, dram.ErrorType) *dram.Error = (*dram.Error).SetType
var _ = func(v *dram.Error) *dram.ErrorType { return &v.Type }
var _ func(dram.Error) error = dram.Error.Unwrap
var _ func() dram.HandlerFunc = dram.ErrorLogger
var _ func(dram.ErrorType) dram.HandlerFunc = dram.ErrorLoggerT
var _ = uint64(dram.ErrorType(0))

const _ dram.ErrorType = dram.ErrorTypeAny
const _ dram.ErrorType = dram.ErrorTypeBind
const _ dram.ErrorType = dram.ErrorTypePrivate
const _ dram.ErrorType = dram.ErrorTypePublic
const _ dram.ErrorType = dram.ErrorTypeRender

var _ func() = dram.ForceConsoleColor
var _ map[string]any = dram.H(nil)
var _ func(dram.H, *xml.Encoder, xml.StartElement) error = dram.H.MarshalXML
var _ func(*dram.Context) = dram.HandlerFunc(nil)
var _ []dram.HandlerFunc = dram.HandlersChain(nil)
var _ func(dram.HandlersChain) dram.HandlerFunc = dram.HandlersChain.Last
var _ = dram.IRouter(nil)
var _ func(dram.IRouter, string, ...dram.HandlerFunc) *dram.RouterGroup = dram.IRouter.Group
var _ = dram.IRoutes(nil)
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.Any
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.DELETE
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.GET
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.HEAD
var _ func(dram.IRoutes, string, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.Handle
var _ func(dram.IRoutes, []string, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.Match
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.OPTIONS
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.PATCH
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.POST
var _ func(dram.IRoutes, string, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.PUT
var _ func(dram.IRoutes, string, string) dram.IRoutes = dram.IRoutes.Static
var _ func(dram.IRoutes, string, http.FileSystem) dram.IRoutes = dram.IRoutes.StaticFS
var _ func(dram.IRoutes, string, string) dram.IRoutes = dram.IRoutes.StaticFile
var _ func(dram.IRoutes, string, string, http.FileSystem) dram.IRoutes = dram.IRoutes.StaticFileFS
var _ func(dram.IRoutes, ...dram.HandlerFunc) dram.IRoutes = dram.IRoutes.Use
var _ func() bool = dram.IsDebugging
var _ func(dram.LogFormatterParams) string = dram.LogFormatter(nil)
var _ = (*dram.LogFormatterParams)(nil)
var _ = func(v *dram.LogFormatterParams) *int { return &v.BodySize }
var _ = func(v *dram.LogFormatterParams) *string { return &v.ClientIP }
var _ = func(v *dram.LogFormatterParams) *string { return &v.ErrorMessage }
var _ func(*dram.LogFormatterParams) bool = (*dram.LogFormatterParams).IsOutputColor
var _ = func(v *dram.LogFormatterParams) *map[any]any { return &v.Keys }
var _ = func(v *dram.LogFormatterParams) *time.Duration { return &v.Latency }
var _ func(*dram.LogFormatterParams) string = (*dram.LogFormatterParams).LatencyColor
var _ = func(v *dram.LogFormatterParams) *string { return &v.Method }
var _ func(*dram.LogFormatterParams) string = (*dram.LogFormatterParams).MethodColor
var _ = func(v *dram.LogFormatterParams) *string { return &v.Path }
var _ = func(v *dram.LogFormatterParams) **http.Request { return &v.Request }
var _ func(*dram.LogFormatterParams) string = (*dram.LogFormatterParams).ResetColor
var _ = func(v *dram.LogFormatterParams) *int { return &v.StatusCode }
var _ func(*dram.LogFormatterParams) string = (*dram.LogFormatterParams).StatusCodeColor
var _ = func(v *dram.LogFormatterParams) *time.Time { return &v.TimeStamp }
var _ func() dram.HandlerFunc = dram.Logger
var _ = (*dram.LoggerConfig)(nil)
var _ = func(v *dram.LoggerConfig) *dram.LogFormatter { return &v.Formatter }
var _ = func(v *dram.LoggerConfig) *io.Writer { return &v.Output }
var _ = func(v *dram.LoggerConfig) *dram.Skipper { return &v.Skip }
var _ = func(v *dram.LoggerConfig) *[]string { return &v.SkipPaths }
var _ = func(v *dram.LoggerConfig) *bool { return &v.SkipQueryString }
var _ func(dram.LoggerConfig) dram.HandlerFunc = dram.LoggerWithConfig
var _ func(dram.LogFormatter) dram.HandlerFunc = dram.LoggerWithFormatter
var _ func(io.Writer, ...string) dram.HandlerFunc = dram.LoggerWithWriter

const _ string = dram.MIMEBSON
const _ string = dram.MIMEHTML
const _ string = dram.MIMEJSON
const _ string = dram.MIMEMultipartPOSTForm
const _ string = dram.MIMEPOSTForm
const _ string = dram.MIMEPROTOBUF
const _ string = dram.MIMEPlain
const _ string = dram.MIMETOML
const _ string = dram.MIMEXML
const _ string = dram.MIMEXML2
const _ string = dram.MIMEYAML
const _ string = dram.MIMEYAML2

var _ func() string = dram.Mode
var _ = (*dram.Negotiate)(nil)
var _ = func(v *dram.Negotiate) *any { return &v.BSONData }
var _ = func(v *dram.Negotiate) *any { return &v.Data }
var _ = func(v *dram.Negotiate) *any { return &v.HTMLData }
var _ = func(v *dram.Negotiate) *string { return &v.HTMLName }
var _ = func(v *dram.Negotiate) *any { return &v.JSONData }
var _ = func(v *dram.Negotiate) *[]string { return &v.Offered }
var _ = func(v *dram.Negotiate) *any { return &v.PROTOBUFData }
var _ = func(v *dram.Negotiate) *any { return &v.TOMLData }
var _ = func(v *dram.Negotiate) *any { return &v.XMLData }
var _ = func(v *dram.Negotiate) *any { return &v.YAMLData }
var _ func(...dram.OptionFunc) *dram.Engine = dram.New
var _ = (*dram.OnlyFilesFS)(nil)
var _ = func(v *dram.OnlyFilesFS) *http.FileSystem { return &v.FileSystem }
var _ func(dram.OnlyFilesFS, string) (http.File, error) = dram.OnlyFilesFS.Open
var _ func(*dram.Engine) = dram.OptionFunc(nil)
var _ = (*dram.Param)(nil)
var _ = func(v *dram.Param) *string { return &v.Key }
var _ = func(v *dram.Param) *string { return &v.Value }
var _ []dram.Param = dram.Params(nil)
var _ func(dram.Params, string) string = dram.Params.ByName
var _ func(dram.Params, string) (string, bool) = dram.Params.Get

const _ string = dram.PlatformCloudflare
const _ string = dram.PlatformFlyIO
const _ string = dram.PlatformGoogleAppEngine

var _ func() dram.HandlerFunc = dram.Recovery
var _ func(*dram.Context, any) = dram.RecoveryFunc(nil)
var _ func(io.Writer, ...dram.RecoveryFunc) dram.HandlerFunc = dram.RecoveryWithWriter

const _ string = dram.ReleaseMode

var _ = dram.ResponseWriter(nil)
var _ func(dram.ResponseWriter) http.Pusher = dram.ResponseWriter.Pusher
var _ func(dram.ResponseWriter) int = dram.ResponseWriter.Size
var _ func(dram.ResponseWriter) int = dram.ResponseWriter.Status
var _ func(dram.ResponseWriter) = dram.ResponseWriter.WriteHeaderNow
var _ func(dram.ResponseWriter, string) (int, error) = dram.ResponseWriter.WriteString
var _ func(dram.ResponseWriter) bool = dram.ResponseWriter.Written
var _ = (*dram.RouteInfo)(nil)
var _ = func(v *dram.RouteInfo) *string { return &v.Handler }
var _ = func(v *dram.RouteInfo) *dram.HandlerFunc { return &v.HandlerFunc }
var _ = func(v *dram.RouteInfo) *string { return &v.Method }
var _ = func(v *dram.RouteInfo) *string { return &v.Path }
var _ = (*dram.RouterGroup)(nil)
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).Any
var _ func(*dram.RouterGroup) string = (*dram.RouterGroup).BasePath
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).DELETE
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).GET
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) *dram.RouterGroup = (*dram.RouterGroup).Group
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).HEAD
var _ func(*dram.RouterGroup, string, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).Handle
var _ = func(v *dram.RouterGroup) *dram.HandlersChain { return &v.Handlers }
var _ func(*dram.RouterGroup, []string, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).Match
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).OPTIONS
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).PATCH
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).POST
var _ func(*dram.RouterGroup, string, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).PUT
var _ func(*dram.RouterGroup, string, string) dram.IRoutes = (*dram.RouterGroup).Static
var _ func(*dram.RouterGroup, string, http.FileSystem) dram.IRoutes = (*dram.RouterGroup).StaticFS
var _ func(*dram.RouterGroup, string, string) dram.IRoutes = (*dram.RouterGroup).StaticFile
var _ func(*dram.RouterGroup, string, string, http.FileSystem) dram.IRoutes = (*dram.RouterGroup).StaticFileFS
var _ func(*dram.RouterGroup, ...dram.HandlerFunc) dram.IRoutes = (*dram.RouterGroup).Use
var _ []dram.RouteInfo = dram.RoutesInfo(nil)
var _ func(string) = dram.SetMode
var _ func(*dram.Context) bool = dram.Skipper(nil)

const _ string = dram.TestMode
const _ string = dram.Version

var _ func(http.HandlerFunc) dram.HandlerFunc = dram.WrapF
var _ func(http.Handler) dram.HandlerFunc = dram.WrapH
var _ = func(c *dram.Context) any { return c.Errors.ByType(dram.ErrorTypeAny) }
var _ = func(c *dram.Context) func() []string { return c.Errors.Errors }
var _ = func(c *dram.Context) func() any { return c.Errors.JSON }
var _ = func(c *dram.Context) func() *dram.Error { return c.Errors.Last }
var _ = func(c *dram.Context) func() ([]byte, error) { return c.Errors.MarshalJSON }
var _ = func(c *dram.Context) func() string { return c.Errors.String }
