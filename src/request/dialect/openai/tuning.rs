//! What is trained and measured at the API: fine-tuning, graders, evals, and the containers and videos kept there.

use super::super::Dialect;
use super::super::route::act;
use super::super::route::delete;
use super::super::route::form;
use super::super::route::get;
use super::super::route::post;
use super::BASE;

/// Prompts stand in graders, templates and data sources; files are named by their id.
pub(in super::super) static TUNING: Dialect = Dialect {
    name: "openai_tuning",
    routes: &[
        post("/v1/fine_tuning/jobs"),
        get("/v1/fine_tuning/jobs"),
        get("/v1/fine_tuning/jobs/{id}"),
        get("/v1/fine_tuning/jobs/{id}/events"),
        get("/v1/fine_tuning/jobs/{id}/checkpoints"),
        act("/v1/fine_tuning/jobs/{id}/cancel"),
        act("/v1/fine_tuning/jobs/{id}/pause"),
        act("/v1/fine_tuning/jobs/{id}/resume"),
        post("/v1/fine_tuning/alpha/graders/run"),
        post("/v1/fine_tuning/alpha/graders/validate"),
        delete("/v1/models/{model}"),
        post("/v1/evals"),
        get("/v1/evals"),
        get("/v1/evals/{id}"),
        post("/v1/evals/{id}"),
        delete("/v1/evals/{id}"),
        post("/v1/evals/{id}/runs"),
        get("/v1/evals/{id}/runs"),
        get("/v1/evals/{id}/runs/{run}"),
        act("/v1/evals/{id}/runs/{run}/cancel"),
        delete("/v1/evals/{id}/runs/{run}"),
        get("/v1/evals/{id}/runs/{run}/output_items"),
        get("/v1/evals/{id}/runs/{run}/output_items/{item}"),
        post("/v1/containers"),
        get("/v1/containers"),
        get("/v1/containers/{id}"),
        delete("/v1/containers/{id}"),
        form("/v1/containers/{id}/files"),
        get("/v1/containers/{id}/files"),
        get("/v1/containers/{id}/files/{file}"),
        get("/v1/containers/{id}/files/{file}/content"),
        delete("/v1/containers/{id}/files/{file}"),
        form("/v1/videos"),
        get("/v1/videos"),
        get("/v1/videos/{id}"),
        get("/v1/videos/{id}/content"),
        delete("/v1/videos/{id}"),
        post("/v1/videos/{id}/remix"),
    ],
    ..BASE
};
