// Reads chat bodies as Go servers (Ollama, LocalAI) do: encoding/json, first document only, keys in any case.
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

type message struct{ Content interface{} `json:"content"` }

type chat struct {
	Messages []message   `json:"messages"`
	Prompt   interface{} `json:"prompt"`
}

func main() {
	http.HandleFunc("/v1/chat/completions", func(out http.ResponseWriter, request *http.Request) {
		var body chat
		if json.NewDecoder(request.Body).Decode(&body) != nil {
			out.WriteHeader(400)
			return
		}
		read := ""
		for _, one := range body.Messages {
			if text, is := one.Content.(string); is {
				read += text + " "
			}
		}
		if text, is := body.Prompt.(string); is {
			read += text
		}
		out.Header().Set("content-type", "application/json")
		json.NewEncoder(out).Encode(map[string]string{"read": read})
	})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
