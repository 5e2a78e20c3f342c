// A small API as programs on Gin are written, with the libraries that they use: CORS,
// sessions in a cookie, and log-in by JWT. Nothing here knows of dram.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-contrib/cors"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
)

type credentials struct {
	Name     string `json:"name" binding:"required"`
	Password string `json:"password" binding:"required"`
}

func login(c *gin.Context) (any, error) {
	var in credentials
	if err := c.ShouldBindBodyWith(&in, binding.JSON); err != nil {
		return nil, jwt.ErrMissingLoginValues
	}
	if in.Name != "ada" || in.Password != "lovelace" {
		return nil, jwt.ErrFailedAuthentication
	}
	return in.Name, nil
}

func newAuth() (*jwt.GinJWTMiddleware, error) {
	return jwt.New(&jwt.GinJWTMiddleware{
		Realm:         "program",
		Key:           []byte("a key of the program, for its tests"),
		Timeout:       time.Minute,
		Authenticator: login,
		PayloadFunc:   func(name any) jwt.MapClaims { return jwt.MapClaims{jwt.IdentityKey: name} },
	})
}

func visits(c *gin.Context) {
	session := sessions.Default(c)
	n, _ := session.Get("visits").(int)
	session.Set("visits", n+1)
	if err := session.Save(); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.YAML(http.StatusOK, gin.H{"visits": n + 1})
}

func me(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"name": jwt.ExtractClaims(c)[jwt.IdentityKey]})
}

func newEngine() (*gin.Engine, error) {
	auth, err := newAuth()
	if err != nil {
		return nil, err
	}
	r := gin.Default()
	r.Use(cors.New(cors.Config{
		AllowOrigins: []string{"https://app.example"},
		AllowMethods: []string{http.MethodGet, http.MethodPost},
		AllowHeaders: []string{"Authorization", "Content-Type"},
		MaxAge:       time.Hour,
	}))
	r.Use(sessions.Sessions("program", cookie.NewStore([]byte("another key of the program"))))
	r.NoRoute(func(c *gin.Context) { c.JSON(http.StatusNotFound, gin.H{"error": "not found"}) })
	r.GET("/visits", visits)
	r.POST("/login", auth.LoginHandler)
	r.Group("/api", auth.MiddlewareFunc()).GET("/me", me)
	return r, nil
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	r, err := newEngine()
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(r.RunListener(listener))
}
