// Reads chat bodies as llama.cpp's server does: nlohmann::json over the bytes of the body.
#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <strings.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using nlohmann::json;

static std::string said(const std::string &body) {
    std::string out;
    const json document = json::parse(body.c_str());  // a C string: ends at the first NUL, as some callers have it
    if (!document.is_object()) return out;
    if (document.contains("messages") && document["messages"].is_array())
        for (const auto &one : document["messages"])
            if (one.is_object() && one.contains("content") && one["content"].is_string())
                out += one["content"].get<std::string>() + " ";
    if (document.contains("prompt") && document["prompt"].is_string()) out += document["prompt"].get<std::string>();
    return out;
}

static void converse(int peer) {
    std::string held;
    char piece[65536];
    bool last = false;
    for (;;) {
        size_t head = held.find("\r\n\r\n"), length = 0;
        if (head != std::string::npos) {
            const char *field = strcasestr(held.c_str(), "content-length:");
            if (field && field < held.c_str() + head) length = strtoul(field + 15, nullptr, 10);
            const char *close = strcasestr(held.c_str(), "connection: close");
            last = close && close < held.c_str() + head;
        }
        if (head == std::string::npos || held.size() < head + 4 + length) {
            ssize_t count = read(peer, piece, sizeof piece);
            if (count <= 0) break;
            held.append(piece, count);
            continue;
        }
        std::string status = "200 OK", answer;
        try {
            answer = json{{"read", said(held.substr(head + 4, length))}}.dump(-1, ' ', true, json::error_handler_t::replace);
        } catch (const json::exception &) {
            status = "400 Bad Request", answer = "{}";
        }
        std::string whole = "HTTP/1.1 " + status + "\r\ncontent-type: application/json\r\ncontent-length: " +
                            std::to_string(answer.size()) + "\r\n\r\n" + answer;
        if (write(peer, whole.data(), whole.size()) < 0) break;
        held.erase(0, head + 4 + length);
        if (last) break;
    }
    close(peer);
}

int main(int, char **arguments) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(atoi(arguments[1]));
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    if (bind(listener, reinterpret_cast<sockaddr *>(&at), sizeof at) || listen(listener, 64)) return 1;
    for (;;) std::thread(converse, accept(listener, nullptr, nullptr)).detach();
}
