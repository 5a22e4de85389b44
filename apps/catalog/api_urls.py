"""URLs of the catalogue, below /api/."""

from django.urls import path

from apps.catalog import areas_api, pixels_api, results_api, scenes_api

urlpatterns = [
    path("scenes", scenes_api.Scenes.as_view(), name="scenes"),
    path("scenes/<uuid:scene_id>", scenes_api.SceneDetail.as_view(), name="scene"),
    path("scenes/<uuid:scene_id>/thumbnail.png", scenes_api.SceneThumbnail.as_view(), name="scene-thumbnail"),
    path("scenes/<uuid:scene_id>/pairs", scenes_api.ScenePairs.as_view(), name="scene-pairs"),
    path("uploads", scenes_api.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>", scenes_api.UploadDetail.as_view(), name="upload"),
    path("aois", areas_api.Areas.as_view(), name="areas"),
    path("aois/check", areas_api.AreaCheck.as_view(), name="area-check"),
    path("aois/import", areas_api.AreaImport.as_view(), name="area-import"),
    path("aois/<uuid:area_id>", areas_api.AreaDetail.as_view(), name="area"),
    path("vectors", areas_api.Vectors.as_view(), name="vectors"),
    path("vectors/<uuid:vector_id>", areas_api.VectorDetail.as_view(), name="vector"),
    path("results", results_api.Results.as_view(), name="results"),
    path("results/<uuid:result_id>", results_api.ResultDetail.as_view(), name="result"),
    path("results/<uuid:result_id>/item.json", results_api.ResultItem.as_view(), name="result-item"),
    path("results/<uuid:result_id>/files/<str:name>", results_api.ResultFile.as_view(), name="result-file"),
    path("results/<uuid:result_id>/point", pixels_api.ResultPoint.as_view(), name="result-point"),
    path("results/<uuid:result_id>/series", pixels_api.ResultSeries.as_view(), name="result-series"),
    path("results/<uuid:result_id>/archive.zip", results_api.ResultArchive.as_view(), name="result-archive"),
]
